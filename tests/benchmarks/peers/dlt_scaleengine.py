"""dlt's side of the line: the `rest_api` source on the sandbox's ScaleEngine, merged into PostgreSQL.

Runs in the peers' environment (`peers.py` makes it), knows nothing of Viewledger, and prints the seconds of each day's
`pipeline.run()` as JSON; importing, signing in and reading the settings are not in them. What makes it fast here:

- the two applications are two resources, extracted in parallel; two processes normalize (we have two processors);
- files of 50,000 rows, so that there is something to share out; loaded as CSV, which is COPY (INSERT is its default);
- numbers are declared as such, so that nothing is inferred for them; tables have no index beyond dlt's own.

`delete-insert` is its merge that removes repeated keys: the vendor repeats every 50th video, which `upsert` refuses.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from typing import Any
from urllib.parse import urlencode

TUNING = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "ERROR",
    "EXTRACT__WORKERS": "2",
    "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "50000",
    "EXTRACT__DATA_WRITER__BUFFER_MAX_ITEMS": "10000",
    "NORMALIZE__WORKERS": "2",
    "NORMALIZE__DATA_WRITER__FILE_MAX_ITEMS": "50000",
    "NORMALIZE__DATA_WRITER__BUFFER_MAX_ITEMS": "10000",
    "NORMALIZE__LOADER_FILE_FORMAT": "csv",
    "LOAD__WORKERS": "4",
}
os.environ |= {**TUNING, **os.environ}

import dlt  # noqa: E402  (it reads its settings when it is imported)
from dlt.common.configuration import configspec  # noqa: E402
from dlt.sources.helpers.rest_client.auth import AuthConfigBase  # noqa: E402
from dlt.sources.helpers.rest_client.paginators import OffsetPaginator  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402


@configspec
class Signature(AuthConfigBase):
    """The vendor's HMAC over the JSON as PHP writes it, sent as one form field. Called for each prepared request."""

    cdn: str = None
    api_key: str = None
    secret: str = None

    def __call__(self, request: Any) -> Any:
        fields = json.loads(request.body)
        body = {
            "command": fields.pop("command"),
            "api_key": self.api_key,
            "timestamp": int(time.time()),
            "cdn": int(self.cdn),
            **fields,
        }
        digest = hmac.new(self.secret.encode(), as_php(body), hashlib.sha256).digest()
        signed = as_php(body | {"signature": base64.b64encode(digest).decode()})
        request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        request.prepare_body(urlencode({"json": signed}), None)
        return request


def as_php(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def resource(app: str, day: str) -> dict[str, Any]:
    year, month, number = map(int, day.split("-"))

    def placed(row: dict[str, Any]) -> dict[str, Any]:
        row["app"], row["day"] = app, day
        return row

    return {
        "name": f"usage_{app.replace('-', '_')}",
        "table_name": "usage",
        "primary_key": ["day", "app", "video_url"],
        "write_disposition": "merge",
        "parallelized": True,
        "columns": {
            "day": {"data_type": "date"},
            "app": {"data_type": "text"},
            "video_url": {"data_type": "text"},
            "bytes_total": {"data_type": "bigint"},
            "requests_total": {"data_type": "bigint"},
        },
        "endpoint": {
            "path": "stable/",
            "method": "POST",
            "json": {"command": "usage.vse", "app": app, "year": year, "month": month, "day": number},
            "paginator": OffsetPaginator(
                limit=1000, offset_body_path="offset", limit_body_path="limit", total_path="count"
            ),
            "data_selector": "usage",
        },
        "processing_steps": [{"map": placed}],
    }


def main(asked: dict[str, Any]) -> None:
    """`asked`: url of the sandbox, keys, apps, days, the database's URL, a folder for dlt's own state."""
    pipeline = dlt.pipeline(
        "scaleengine",
        pipelines_dir=asked["folder"],
        destination=dlt.destinations.postgres(credentials=asked["database"]),
        dataset_name="peer",
    )
    seconds, phases = [], []
    for day in asked["days"]:
        source = rest_api_source(
            {
                "client": {"base_url": f"{asked['url']}/scaleengine/", "auth": Signature(**asked["keys"])},
                "resources": [resource(app, day) for app in asked["apps"]],
            }
        )
        started = time.perf_counter()
        pipeline.run(source)
        seconds.append(time.perf_counter() - started)
        phases.append(phases_of(pipeline))
    with pipeline.sql_client() as client:
        rows = client.execute_sql("SELECT count(*) FROM usage")[0][0]
    print(json.dumps({"seconds": seconds, "phases": phases, "rows": rows, "version": dlt.__version__}))


def phases_of(pipeline: Any) -> dict[str, float]:
    """Seconds of dlt's own three steps."""
    steps = {step.step: step for step in pipeline.last_trace.steps}
    return {
        name: (steps[name].finished_at - steps[name].started_at).total_seconds()
        for name in ("extract", "normalize", "load")
    }


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
