#!/bin/sh
# Start Waxmirror in the foreground: install what is missing, bring the database to the newest schema, serve.
# usage: ./start_server.sh [--demo]     --demo: a full shop from the bundled fake Discogs, with a database of its own
set -eu

cd "$(dirname "$0")"
demo=no
case "${1-}" in
    "") ;;
    --demo) demo=yes ;;
    *) echo "usage: ./start_server.sh [--demo]" >&2; exit 2 ;;
esac

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Waxmirror needs Python 3.11 or newer as '$python' (set PYTHON to name another)" >&2
    exit 1
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
installed=.venv/requirements.digest
wanted=$(cksum requirements.txt)
if [ "$(cat "$installed" 2>/dev/null)" != "$wanted" ]; then
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
    echo "$wanted" > "$installed"
fi

if [ "$demo" = yes ]; then
    # The fake's parent is this shell, which becomes the server: when that ends, the fake ends itself.
    mkdir -p instance/demo
    announcement=instance/demo/fake_discogs.out
    # Where it listened last, if that is free: the addresses of pictures that the mirror keeps go on to be right.
    last_port() { sed -n "s|^$2=http://127.0.0.1:\([0-9]*\).*|\1|p" "$1" 2>/dev/null | grep . || echo 0; }
    port=$(last_port "$announcement" FAKE_DISCOGS_URL)
    : > "$announcement"
    .venv/bin/python -m scripts.fake_discogs --prefer-port "$port" --seed 7 --listings 538 --copies 240 \
        --exit-with-parent > "$announcement" 2>&1 &
    fake=$!
    tries=0
    until grep -q '^FAKE_DISCOGS_READY=' "$announcement"; do
        tries=$((tries + 1))
        if ! kill -0 "$fake" 2>/dev/null || [ "$tries" -gt 300 ]; then
            echo "the fake Discogs did not start:" >&2
            cat "$announcement" >&2
            exit 1
        fi
        sleep 0.1
    done
    # The providers of enrichment, faked in the same way; what they print are the settings to ask them with.
    providers=instance/demo/fake_providers.out
    port=$(last_port "$providers" SPOTIFY_API_URL)
    : > "$providers"
    .venv/bin/python -m scripts.fake_providers --prefer-port "$port" --exit-with-parent > "$providers" 2>&1 &
    fake_providers=$!
    tries=0
    until grep -q '^FAKE_PROVIDERS_READY=' "$providers"; do
        tries=$((tries + 1))
        if ! kill -0 "$fake_providers" 2>/dev/null || [ "$tries" -gt 300 ]; then
            echo "the fake providers did not start:" >&2
            cat "$providers" >&2
            exit 1
        fi
        sleep 0.1
    done
    for name in SPOTIFY_CLIENT_ID SPOTIFY_CLIENT_SECRET SPOTIFY_API_URL SPOTIFY_ACCOUNTS_URL AI_API_URL AI_API_KEY \
        AI_MODEL MUSICBRAINZ_ENABLED MUSICBRAINZ_API_URL COVERART_URL; do
        export "$name=$(sed -n "s/^$name=//p" "$providers")"
    done
    export SPOTIFY_CLIENT_SECRET_FILE='' AI_API_KEY_FILE='' SPOTIFY_RATE_LIMIT=6000 AI_RATE_LIMIT=6000
    value() { sed -n "s/^$1=//p" "$announcement"; }
    WAXMIRROR_INSTANCE=instance/demo
    DATABASE_URL="sqlite:///$PWD/instance/demo/waxmirror.db"
    DISCOGS_API_URL=$(value FAKE_DISCOGS_URL)
    DISCOGS_WEB_URL=$DISCOGS_API_URL # where people log in
    DISCOGS_CONSUMER_KEY=$(value FAKE_DISCOGS_CONSUMER_KEY)
    DISCOGS_CONSUMER_SECRET=$(value FAKE_DISCOGS_CONSUMER_SECRET)
    DISCOGS_TOKEN=$(value FAKE_DISCOGS_TOKEN)
    DISCOGS_SELLER_USERNAME=$(value FAKE_DISCOGS_SELLER)
    DISCOGS_RATE_LIMIT=6000
    # What the environment or .env says of the real shop is not for the demo. Empty is unset, and .env cannot fill it.
    export DATABASE_URL_FILE='' DISCOGS_TOKEN_FILE='' DISCOGS_COLLECTION_USERNAME='' ENABLE_AUTO_SYNC=true RELEASE_CACHE_PAUSE_MINUTES=0 SERVER_ROLE='' \
        DISCOGS_CONSUMER_KEY_FILE='' CONSUMER_KEY='' CONSUMER_KEY_FILE='' \
        DISCOGS_CONSUMER_SECRET_FILE='' CONSUMER_SECRET='' CONSUMER_SECRET_FILE=''
    export PUBLIC_URL='' TRUSTED_HOSTS='' TRUSTED_PROXIES='' SENTRY_DSN='' SENTRY_DSN_FILE='' \
        WEBHOOK_URL='' WEBHOOK_URL_FILE='' WEBHOOK_SECRET='' WEBHOOK_SECRET_FILE='' \
        HEARTBEAT_START_URL='' HEARTBEAT_START_URL_FILE='' HEARTBEAT_SUCCESS_URL='' HEARTBEAT_SUCCESS_URL_FILE='' \
        HEARTBEAT_FAILURE_URL='' HEARTBEAT_FAILURE_URL_FILE=''
    export WAXMIRROR_INSTANCE DATABASE_URL DISCOGS_API_URL DISCOGS_TOKEN DISCOGS_SELLER_USERNAME \
        DISCOGS_RATE_LIMIT DISCOGS_WEB_URL DISCOGS_CONSUMER_KEY DISCOGS_CONSUMER_SECRET
fi

address=$(.venv/bin/python -m app.ops.server_address)
eval "$address"
export FLASK_DEBUG=0 # the debugger lets visitors run programs
.venv/bin/python -m flask --app run db upgrade
exec .venv/bin/python -m gunicorn run:app \
    --worker-class gthread --workers "$WAXMIRROR_WORKERS" --threads 8 --bind "$WAXMIRROR_BIND" \
    --limit-request-line 8190 --no-control-socket --graceful-timeout 5 --timeout 60 --config python:app.ops.gunicorn_conf
