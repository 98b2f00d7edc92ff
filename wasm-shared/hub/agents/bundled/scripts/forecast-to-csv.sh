#!/bin/sh
# Writes a forecast of a year as CSV: forecast-to-csv.sh https://your.site [renewal rate]
set -eu
curl --fail-with-body -sS -X POST "$1/simulate/full" -H 'Content-Type: application/json' -H 'Accept: text/csv' \
  -d "{\"forecast_length_days\": 365, \"rr\": ${2:-0.8}}"
