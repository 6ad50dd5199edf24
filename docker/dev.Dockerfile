# One service around a program that was compiled on this machine: what `--profile dev` builds, in a second instead of minutes.
# The program must be static: docker build -f dev.Dockerfile --build-arg SERVICE=backend FOLDER
FROM scratch
ARG SERVICE
COPY ${SERVICE} /service
USER 65532:65532
ENTRYPOINT ["/service"]
