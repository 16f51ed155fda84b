# One image for web, live, worker, beat and migrate; compose.yaml says which is which. Runs as an ordinary user.
FROM node:22-slim AS assets
WORKDIR /house
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --omit=dev

FROM python:3.12-slim AS house
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN useradd --system --create-home --uid 10001 exchange
WORKDIR /house
COPY requirements/base.lock requirements/s3.lock requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.lock
# FILES=s3 adds what files in an S3-compatible service need
ARG FILES=folder
RUN if [ "$FILES" = s3 ]; then pip install --no-cache-dir --require-hashes -r requirements/s3.lock; fi
COPY --from=assets /house/node_modules node_modules
COPY . .
ENV DX_VAR=/var/lib/exchange
# folders that volumes are laid over keep their owner; static files are gathered into the image
RUN install -d -o exchange -g exchange /var/lib/exchange /var/lib/exchange/files /var/lib/exchange-checkpoints
RUN python exchange/translations.py
USER exchange
RUN DX_PROFILE=demo DATABASE_URL=postgresql://none REDIS_URL=redis://none python manage.py collectstatic --no-input -v 0
EXPOSE 8000 8001
CMD ["python", "-m", "granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "2", "--no-ws", "exchange.wsgi:application"]
