"""How CallFire answers: XML in two namespaces, as its schema has it, or the same as JSON."""

from datetime import datetime
from typing import Any

from ...wire import Answer, escape, json_answer, xml_answer
from .figures import Stats

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACES = 'xmlns="http://api.callfire.com/data" xmlns:r="http://api.callfire.com/resource"'
Row = tuple[str, str, str, datetime | None, str]


def _xml(name: str, attributes: str, content: Any) -> str:
    """An element with its children in order; a list is one element for each entry."""
    if isinstance(content, list):
        return "".join(_xml(name, attributes, entry) for entry in content)
    inner = escape(content)
    if isinstance(content, dict):
        attributes += "".join(f' {key[1:]}="{value}"' for key, value in content.items() if key.startswith("@"))
        inner = "".join(_xml(key, "", value) for key, value in content.items() if not key.startswith("@"))
    return f"<{name}{attributes}>{inner}</{name}>"


def _answer(root: str, content: dict[str, Any], as_json: bool, status: int = 200) -> Answer:
    """The same content in either form: `@name` is an attribute."""
    if as_json:
        return json_answer({root: content}, status)
    return xml_answer(_HEAD + _xml(f"r:{root}", f" {_SPACES}", content), status)


def exception(status: int, message: str, as_json: bool) -> Answer:
    """A failure: ResourceException in XML, with its own namespace, or JSON."""
    if as_json:
        return json_answer({"ResourceException": {"HttpStatus": status, "Message": message}}, status)
    return xml_answer(
        _HEAD + _xml("r:ResourceException", f" {_SPACES}", {"r:HttpStatus": status, "r:Message": message}), status
    )


def _broadcast(row: Row) -> dict[str, Any]:
    """One broadcast in the schema's order, with the configuration of its type."""
    number, name, status, modified, kind = row
    stamp = {"LastModified": f"{modified:%Y-%m-%dT%H:%M:%SZ}"} if modified else {}
    config: dict[str, Any] = {"FromNumber": "67076" if kind == "TEXT" else "15555555555"}
    if kind == "TEXT":
        config["Message"] = "Doors open at 6 pm & kick-off is at 8"
    else:
        config["RetryConfig"] = {"MaxAttempts": 1, "MinutesBetweenAttempts": 60, "RetryResults": "NO_ANS BUSY"}
    if kind == "VOICE":
        config |= {"AnsweringMachineConfig": "AM_AND_LIVE", "LiveSoundId": 1258702003}
    if kind == "IVR":
        config["DialplanXml"] = '<dialplan><play type="tts">Hello</play></dialplan>'
    name_of_config = {"TEXT": "Text", "VOICE": "Voice", "IVR": "Ivr"}[kind] + "BroadcastConfig"
    return {"@id": int(number), "Name": name, "Status": status, **stamp, "Type": kind, name_of_config: config}


def listed(rows: list[Row], total: int, as_json: bool) -> Answer:
    """A page of the list; `totalResults` counts all."""
    return _answer("ResourceList", {"@totalResults": total, "Broadcast": [_broadcast(row) for row in rows]}, as_json)


def stats_answer(stats: Stats, states: dict[str, int], as_json: bool) -> Answer:
    """BroadcastStats; an interval without calls has zeros and no ResultStat."""
    usage = {
        "Duration": stats.duration,
        "BilledDuration": stats.billed_duration,
        "BilledAmount": stats.billed_amount,
        "Attempts": stats.attempts,
        "Actions": stats.actions,
    }
    results = [
        {"Result": result, "Attempts": attempts, "Actions": actions}
        for result, (attempts, actions) in stats.results.items()
    ]
    content = {"UsageStats": usage, **({"ResultStat": results} if results else {}), "ActionStatistics": states}
    return _answer("Resource", {"BroadcastStats": content}, as_json)
