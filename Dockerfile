# One run each time the image starts; when that is, a scheduler outside decides (`coda-git-mirror schedule kubernetes`).
#
#   docker build --tag coda-git-mirror .
#   docker run --rm --volume coda-mirror:/data --env CODA_API_TOKEN coda-git-mirror sync -o /data/mirror
FROM python:3.13-slim@sha256:6771159cd4fa5d9bba1258caf0b82e6b73458c694d178ad97c5e925c2d0e1a91

# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git git-lfs openssh-client \
    && rm -rf /var/lib/apt/lists/*

COPY pyproject.toml README.md LICENSE /source/
COPY coda_git_mirror /source/coda_git_mirror
COPY templates /source/templates
RUN pip install --no-cache-dir --compile /source \
    && rm -rf /source \
    && useradd --uid 10001 --create-home mirror \
    && install --directory --owner=10001 --group=10001 /data

ENV PYTHONUNBUFFERED=1
USER 10001
VOLUME /data
WORKDIR /data
ENTRYPOINT ["coda-git-mirror"]
CMD ["--help"]
