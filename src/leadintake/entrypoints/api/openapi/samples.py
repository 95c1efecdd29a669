"""How a lead is submitted, in four languages, ready to copy; unless it is asked for, the lead token is left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACEHOLDER: Final = "YOUR_LEAD_TOKEN"


def samples(url: str, lead: Mapping[str, str], *, lead_token: str = PLACEHOLDER) -> dict[str, str]:
    """Return the same request as a text for each language.

    Args:
        url: Where leads are submitted.
        lead: What is submitted; every value is quoted as the language needs it.
        lead_token: What stands in its place.
    """
    body = json.dumps(lead, indent=2)
    nested = body.replace("\n", "\n  ")
    return {
        "curl": (
            f"curl {_shell(url)} \\\n  -H 'X-Lead-Token: {lead_token}' \\\n"
            f"  -H 'Content-Type: application/json' \\\n  -d {_shell(body)}\n"
        ),
        "PHP": (
            f"<?php\n$curl = curl_init({_php(url)});\n"
            "curl_setopt_array($curl, [\n  CURLOPT_POST => true,\n  CURLOPT_RETURNTRANSFER => true,\n"
            f"  CURLOPT_HTTPHEADER => ['X-Lead-Token: {lead_token}', 'Content-Type: application/json'],\n"
            f"  CURLOPT_POSTFIELDS => {_php(body)},\n]);\necho curl_exec($curl);\n"
        ),
        "JavaScript": (
            f'fetch({json.dumps(url)}, {{\n  method: "POST",\n'
            f'  headers: {{"X-Lead-Token": "{lead_token}", "Content-Type": "application/json"}},\n'
            f"  body: JSON.stringify({nested}),\n}})\n"
            "  .then(answer => answer.json())\n  .then(answer => console.log(answer));\n"
        ),
        "Python": (
            "import json\nfrom urllib.request import Request, urlopen\n\n"
            f"lead = {body}\nrequest = Request(\n    {json.dumps(url)},\n    data=json.dumps(lead).encode(),\n"
            f'    headers={{"X-Lead-Token": "{lead_token}", "Content-Type": "application/json"}},\n)\n'
            "with urlopen(request) as answer:\n    print(json.load(answer))\n"
        ),
    }


def _shell(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _php(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
