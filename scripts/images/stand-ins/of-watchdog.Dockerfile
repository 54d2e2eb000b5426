# A stand-in for ghcr.io/openfaas/of-watchdog:0.11.6: a small program of ours that behaves like it. See of-watchdog.ts.
FROM scratch
COPY fwatchdog /fwatchdog
LABEL farmhand.stand-in="ghcr.io/openfaas/of-watchdog:0.11.6"
