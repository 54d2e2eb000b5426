# A stand-in for node:24-bookworm-slim, for tests on machines that cannot pull it: Debian bookworm, the project's own Node, and npm.
# Made by `npm run images -- --stand-ins`, which lays the build context out.
FROM scratch
ADD rootfs.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
# The certificates that npm uses on this machine, so that an image reaches the registry as the machine does.
COPY certificates.crt /etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
    && mkdir -p /usr/local/etc \
    && echo 'cafile=/etc/ssl/certs/ca-certificates.crt' > /usr/local/etc/npmrc \
    && node --version && npm --version
LABEL farmhand.stand-in="node:24-bookworm-slim"
CMD ["node"]
