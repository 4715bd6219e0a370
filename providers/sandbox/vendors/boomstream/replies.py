"""How Boomstream answers: XML by default, JSON with `format=json`, and the request with its key in every answer."""

from typing import Any

from ...wire import Answer, Request, escape, json_answer, xml_answer


def _xml(value: Any) -> str:
    """A value as the vendor nests it: a map's keys are elements, a list's entries are called Item."""
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "".join(_element(name, item) for name, item in value.items())
    if isinstance(value, list):
        return "".join(_element("Item", item) for item in value)
    return "" if value is None else escape(value)


def _element(name: str, value: Any) -> str:
    if name == "" and isinstance(value, list):  # entries directly in the response
        return _xml(value)
    inner = _xml(value)
    return f"<{name}>{inner}</{name}>" if inner else f"<{name}/>"


def reply(request: Request, content: dict[str, Any], status: str | None = "Success") -> Answer:
    """An answer with what the vendor adds to all of them; without a Status where it has none."""
    ending = {"Status": status} if status else {}
    whole = {**content, **ending, "Version": "1.0", "RequestURI": request.target}
    if request.query.get("format") == "json":
        return json_answer({name or "Items": value for name, value in whole.items()})
    return xml_answer(f"<Response>{_xml(whole)}</Response>")


def failed(request: Request, code: str) -> Answer:
    """A fault; the vendor has no codes."""
    return failure(request, "Internal error")


def failure(request: Request, message: str) -> Answer:
    """The vendor's published failures: a Message and a Status, with HTTP 200."""
    if request.query.get("format") == "json":
        return json_answer({"Status": "Failed", "Message": message})
    content = {"Message": message, "Status": "Failed", "Version": "1.0"}
    return xml_answer(f"<Response>{_xml(content)}</Response>")
