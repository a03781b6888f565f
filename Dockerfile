# Waxmirror in a container. usage: docker build -t waxmirror . ; see compose.yaml
# The last stage but one needs nothing of PostgreSQL; `--target with-postgres` adds pg_dump for backups of such a database.
FROM python:3.12-slim-bookworm AS build
WORKDIR /srv/waxmirror
COPY requirements.txt scripts/deploy/extras.txt ./
RUN python -m venv .venv \
    && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        -r requirements.txt -r extras.txt \
    && rm extras.txt \
    && cksum requirements.txt > .venv/requirements.digest
COPY . .
RUN .venv/bin/python -m compileall -q app migrations scripts config.py run.py

FROM python:3.12-slim-bookworm AS runtime
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin waxmirror \
    && install --directory --owner=waxmirror --mode=0700 /data
WORKDIR /srv/waxmirror
COPY --from=build /srv/waxmirror /srv/waxmirror
ENV HOST=0.0.0.0 \
    PORT=5000 \
    WAXMIRROR_INSTANCE=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER waxmirror
VOLUME /data
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD [".venv/bin/python", "scripts/deploy/healthcheck.py"]
# start_server.sh finds .venv as it wants it, so it installs nothing: the root may be read-only.
CMD ["./start_server.sh"]

FROM runtime AS with-postgres
USER root
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
USER waxmirror

FROM runtime
