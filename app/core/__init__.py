"""Pure decisions: no clock, no I/O, no framework.

Glossary, used without exception in this code base:

account      a Discogs user we mirror
source       one stream of one account: its inventory or its collection
listing      one copy for sale, keyed by Discogs' `listing_id`
run          one sync (or import, or confirmation) of one source
fetch        `Complete` or `Incomplete`: what Discogs showed and what that is worth
plan         add / update / restore / unchanged / missing, computed before anything is written
guard        what may refuse a plan's removals
held         a run whose removals wait for a second look or for a person
tombstone    a removed row, kept and hidden
change       one entry of the change log
fingerprint  digest of the fields that Discogs owns
missing      live in the mirror, absent from a complete snapshot, absence not yet confirmed
"""
