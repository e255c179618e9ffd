"""A result to what people and programs read: text, JSON or CSV, a module each."""

from hwsim.result import Result

__all__ = ["render"]


def render(result: Result, form: str, *, colour: bool = False) -> str:
    """Write a result as "text", "json" or "csv", whichever is the `form`.

    Only text has `colour`.
    """
    match form:
        case "text":
            from hwsim.report import text

            return text.render(result, colour=colour)
        case "json":
            from hwsim.report import json

            return json.render(result)
        case "csv":
            from hwsim.report import csv

            return csv.render(result)
    raise ValueError(f"no report is called {form!r}; there are text, json and csv")
