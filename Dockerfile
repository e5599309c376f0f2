# Dashboard and collector in one container: docs/deploying.md says how it is run.
FROM python:3.12-slim

# What the container runs as owns its store and nothing else.
RUN useradd --system --create-home --uid 10001 blindspot && install -d -o blindspot -g blindspot /data
WORKDIR /app

COPY requirements.lock ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock

COPY dashboard.py ./
COPY .streamlit/config.toml .streamlit/config.toml
COPY pages pages
COPY lib lib
RUN python -m compileall -q lib pages dashboard.py

USER blindspot
# A container is reached from outside of it, so it listens everywhere: with a sign-in, or told twice that none is needed (docs/sign-in.md).
ENV BLINDSPOT_HOME=/data \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8080/_stcore/health', timeout=4)"]

ENTRYPOINT ["python", "-m", "lib"]
CMD ["serve", "--port", "8080"]
