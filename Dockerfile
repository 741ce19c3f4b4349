# One image for every role of compose.yaml: site, scheduler, ingest.
FROM python:3.11-slim-bookworm

RUN useradd --create-home newscentre && mkdir /data && chown newscentre /data
WORKDIR /app
COPY requirements requirements
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements/build.txt \
 && pip install --no-cache-dir --require-hashes --no-build-isolation -r requirements/main.txt
COPY . .
RUN pip install --no-cache-dir --no-build-isolation --no-deps .

USER newscentre
ENV NEWSCENTRE_DATA=/data
VOLUME /data
ENTRYPOINT ["newscentre"]
CMD ["up"]
