"""The only code that knows api.discogs.com.

client (what can be asked) → transport (retries) → wire (one request, within limits); throttle and waiting pace them.
"""
