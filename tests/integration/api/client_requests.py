"""Requests as public clients write them, each with the lead that its author expects of it.

Which headers a client adds, how it writes a form, a boundary or a number is as its own documentation or source has it;
the leads are made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLER = "+18004506787"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
KITTENS: dict[str, str] = {"interest": "kittens"}
ADA: dict[str, str] = {"first_name": "Ada", "interest": "kittens"}
ADDRESSED: dict[str, str] = {"interest": "kittens", "email": "ada@example.com"}

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36"
PAGE: dict[str, str] = {
    "User-Agent": CHROME,
    "Accept": "*/*",
    "Accept-Language": "en-US,en;q=0.9",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Origin": "https://landing.example",
    "Referer": "https://landing.example/",
    "Sec-Fetch-Mode": "cors",
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Dest": "empty",
}
NAVIGATION: dict[str, str] = PAGE | {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Sec-Fetch-User": "?1",
    "Upgrade-Insecure-Requests": "1",
    "Cache-Control": "max-age=0",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRequest:
    """One request and its lead.

    Shape: ``TOKEN`` anywhere stands for the schedule's lead token. `source` and `sub_id` are the stored lead's;
    `warnings` are the codes, each as often as it is told. Content-Length is added; Host too, where it is not given.
    """

    target: str = "/api/v1/leads?lead_token=TOKEN"
    method: str = "POST"
    version: str = "HTTP/1.1"
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    body: bytes = b""
    caller: str = CALLER
    tokens: Mapping[str, str]
    source: int | None = None
    sub_id: str | None = None
    email: str | None = None
    expires_at: str | None = None
    warnings: tuple[str, ...] = ()
    outcome: str = "created"

    def as_bytes(self, token: str) -> bytes:
        """Return the request as it goes over the wire."""
        body = self.body.replace(b"TOKEN", token.encode())
        headers = {"Host": "leads.example.com", **self.headers}
        if self.content_type is not None:
            headers["Content-Type"] = self.content_type
        if body or self.method == "POST":
            headers.setdefault("Content-Length", str(len(body)))
        lines = [f"{self.method} {self.target} {self.version}", *(f"{name}: {text}" for name, text in headers.items())]
        return "\r\n".join([*lines, "", ""]).replace("TOKEN", token).encode() + body


def agent(name: str, **more: str) -> dict[str, str]:
    """Return the headers of a client that says its name and takes anything."""
    return {"User-Agent": name, "Accept": "*/*", **{key.replace("_", "-"): text for key, text in more.items()}}


def multipart(boundary: str, *parts: tuple[str, str], end: str = "") -> bytes:
    """Return a body of parts, each with what follows ``name`` in its header and its content."""
    written = [f"--{boundary}\r\nContent-Disposition: form-data; name={name}\r\n\r\n{text}\r\n" for name, text in parts]
    return ("".join(written) + f"--{boundary}--\r\n{end}").encode()


def fixture(name: str) -> tuple[str, bytes]:
    """Return the content type and the body of one of the form builders' fixtures."""
    path = Path(__file__).parents[2] / "fixtures" / "builders" / name
    if path.suffix == ".json":
        return JSON, path.read_bytes()
    head, _, content = path.read_text().partition("\n\n")
    content_type = head.removeprefix("Content-Type: ")
    content = content.strip("\n").replace("lt_of_this_request", "TOKEN")
    is_form = content_type == FORM
    return content_type, (content.replace("\n", "&") if is_form else content.replace("\n", "\r\n") + "\r\n").encode()


def built(
    name: str,
    tokens: Mapping[str, str],
    *warnings: str,
    source: int | None = None,
    sub_id: str | None = None,
    outcome: str = "created",
    caller: str = CALLER,
    sender: str = "Webhook/1.0",
) -> ClientRequest:
    """Return what a form builder posts to the address that was pasted into it."""
    content_type, body = fixture(name)
    return ClientRequest(
        content_type=content_type,
        body=body,
        headers=agent(sender),
        tokens=tokens,
        email=tokens.get("email"),
        source=source,
        sub_id=sub_id,
        outcome=outcome,
        caller=caller,
        warnings=("form_builder", *warnings),
    )


WEBKIT = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
GECKO = "----geckoformboundary3b1f0a9c7d2e4f6a8b5c1d0e9f7a6b3c"
OLD_GECKO = "---------------------------29347561018472650193847561029"
CURL = "------------------------d74496d66958873e"

BROWSERS: Mapping[str, ClientRequest] = {
    "fetch, JSON": ClientRequest(
        target="/api/v1/leads",
        headers=PAGE,
        content_type=JSON,
        body=b'{"lead_token":"TOKEN","caller_id":"+18004506787","expires_in":60,'
        b'"data":{"interest":"kittens","email":"ada@example.com"}}',
        tokens=ADDRESSED,
        email="ada@example.com",
        expires_at="2026-03-01T13:00:00Z",
    ),
    "fetch, JSON text without a type": ClientRequest(
        headers=PAGE,
        content_type="text/plain;charset=UTF-8",
        body=b'{"caller_id":"(800) 450-6787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "fetch without cors, JSON text": ClientRequest(
        headers=PAGE | {"Sec-Fetch-Mode": "no-cors"},
        content_type="text/plain;charset=UTF-8",
        body='{"caller_id":"800-450-6787","data":{"city":"Zürich","interest":"kittens"}}'.encode(),
        tokens={"city": "Zürich", "interest": "kittens"},
    ),
    "fetch, URLSearchParams": ClientRequest(
        headers=PAGE,
        content_type=f"{FORM};charset=UTF-8",
        body=b"caller_id=%2B1+800+450+6787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "fetch, FormData": ClientRequest(
        headers=PAGE,
        content_type=f"multipart/form-data; boundary={WEBKIT}",
        body=multipart(WEBKIT, ('"caller_id"', "(800) 450-6787"), ('"interest"', "kittens")),
        tokens=KITTENS,
    ),
    "fetch, FormData with a picture": ClientRequest(
        headers=PAGE,
        content_type=f"multipart/form-data; boundary={WEBKIT}",
        body=multipart(
            WEBKIT,
            ('"caller_id"', "8004506787"),
            ('"roof"; filename="roof.jpg"\r\nContent-Type: image/jpeg', "JFIF"),
            ('"interest"', "kittens"),
        ),
        tokens=KITTENS,
        warnings=("file_part_ignored",),
    ),
    "fetch, FormData with a blob for a field": ClientRequest(
        headers=PAGE,
        content_type=f"multipart/form-data; boundary={WEBKIT}",
        body=multipart(
            WEBKIT,
            ('"caller_id"', "8004506787"),
            ('"notes"; filename="blob"\r\nContent-Type: text/plain', "call in the evening"),
        ),
        tokens={},
        warnings=("file_part_ignored",),
    ),
    "fetch, all in the query and no body": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2B18004506787&interest=kittens",
        headers=PAGE,
        tokens=KITTENS,
    ),
    "fetch, JSON to the query's token, charset in capitals": ClientRequest(
        headers=PAGE,
        content_type="application/json; charset=UTF-8",
        body=b'{"caller_id":18004506787,"interest":"kittens","homeowner":true,"credit_score":701,"rate":3.250}',
        tokens={"interest": "kittens", "homeowner": "true", "credit_score": "701", "rate": "3.250"},
    ),
    "fetch, token in its own header": ClientRequest(
        target="/api/v1/leads",
        headers=PAGE | {"X-Lead-Token": "TOKEN"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "fetch, token as a bearer beside a cookie": ClientRequest(
        target="/api/v1/leads",
        headers=PAGE | {"Authorization": "Bearer TOKEN", "Cookie": "_ga=GA1.2.3; session=x"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "fetch, what a page builder left undefined": ClientRequest(
        headers=PAGE,
        content_type=JSON,
        body=b'{"caller_id":"8004506787","sub_id":null,"email":"","expires_in":null,"data":{"interest":"kittens",'
        b'"utm_term":"","gclid":null}}',
        tokens=KITTENS,
        warnings=("empty_values_ignored",),
    ),
    "XMLHttpRequest, FormData of Firefox": ClientRequest(
        headers=PAGE,
        content_type=f"multipart/form-data; boundary={GECKO}",
        body=multipart(GECKO, ('"caller_id"', "8004506787"), ('"interest"', "kittens")),
        tokens=KITTENS,
    ),
    "XMLHttpRequest, FormData of an older Firefox": ClientRequest(
        headers=PAGE,
        content_type=f"multipart/form-data; boundary={OLD_GECKO}",
        body=multipart(OLD_GECKO, ('"caller_id"', "8004506787"), ('"comment"', "one\r\ntwo")),
        tokens={"comment": "one\r\ntwo"},
    ),
    "XMLHttpRequest, encodeURIComponent": ClientRequest(
        headers=PAGE,
        content_type=FORM,
        body=b"caller_id=(800)%20450-6787&interest=kittens%20%26%20puppies",
        tokens={"interest": "kittens & puppies"},
    ),
    "XMLHttpRequest, an unescaped plus": ClientRequest(
        headers=PAGE, content_type=FORM, body=b"caller_id=+18004506787&interest=kittens", tokens=KITTENS
    ),
    "XMLHttpRequest, a string without a type": ClientRequest(
        headers=PAGE,
        content_type="text/plain;charset=UTF-8",
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "XMLHttpRequest, two types": ClientRequest(
        headers=PAGE | {"X-Requested-With": "XMLHttpRequest"},
        content_type="application/json, application/json",
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "sendBeacon, text": ClientRequest(
        headers=PAGE | {"Sec-Fetch-Mode": "no-cors"},
        content_type="text/plain;charset=UTF-8",
        body=b'{"lead_token":"TOKEN","caller_id":"8004506787","interest":"kittens"}',
        target="/api/v1/leads",
        tokens=KITTENS,
    ),
    "sendBeacon, blob of JSON from a page of ours": ClientRequest(
        headers=PAGE | {"Origin": "https://leads.example.com", "Sec-Fetch-Site": "same-origin"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "sendBeacon, blob without a type": ClientRequest(
        headers=PAGE | {"Sec-Fetch-Mode": "no-cors"},
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "sendBeacon, URLSearchParams": ClientRequest(
        headers=PAGE | {"Sec-Fetch-Mode": "no-cors"},
        content_type=f"{FORM};charset=UTF-8",
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "jQuery.post, an object": ClientRequest(
        headers=PAGE,
        content_type=f"{FORM}; charset=UTF-8",
        body=b"lead_token=TOKEN&caller_id=%2B18004506787&data%5Binterest%5D=kittens&data%5Bemail%5D=ada%40example.com",
        target="/api/v1/leads",
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "jQuery.ajax, JSON labelled as a form": ClientRequest(
        headers=PAGE | {"X-Requested-With": "XMLHttpRequest"},
        content_type=f"{FORM}; charset=UTF-8",
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "jQuery.ajax, a list": ClientRequest(
        headers=PAGE,
        content_type=f"{FORM}; charset=UTF-8",
        body=b"caller_id=8004506787&pets%5B%5D=cat&pets%5B%5D=dog",
        tokens={"pets": "cat,dog"},
    ),
    "jQuery.serialize, boxes of one name": ClientRequest(
        headers=PAGE,
        content_type=f"{FORM}; charset=UTF-8",
        body=b"caller_id=8004506787&pets=cat&pets=dog",
        tokens={"pets": "dog"},
        warnings=("token_collision",),
    ),
    "axios in a page": ClientRequest(
        headers=PAGE | {"Accept": "application/json, text/plain, */*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","first_name":"Ada","interest":"kittens"}',
        tokens=ADA,
    ),
    "native form": ClientRequest(
        headers=NAVIGATION,
        content_type=FORM,
        body=b"lead_token=TOKEN&caller_id=%28800%29+450-6787&first_name=Ada&interest=kittens",
        target="/api/v1/leads",
        tokens=ADA,
    ),
    "native form with a named button": ClientRequest(
        headers=NAVIGATION,
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens&submit=Get+a+quote",
        tokens={"interest": "kittens", "submit": "Get a quote"},
    ),
    "native form with a picture for a button": ClientRequest(
        headers=NAVIGATION,
        content_type=FORM,
        body=b"caller_id=8004506787&go.x=12&go.y=7",
        tokens={"go_x": "12", "go_y": "7"},
        warnings=("renamed_token", "renamed_token"),
    ),
    "native multipart form with an empty file": ClientRequest(
        headers=NAVIGATION,
        content_type=f"multipart/form-data; boundary={WEBKIT}",
        body=multipart(
            WEBKIT,
            ('"caller_id"', "8004506787"),
            ('"bill"; filename=""\r\nContent-Type: application/octet-stream', ""),
            ('"interest"', "kittens"),
        ),
        tokens=KITTENS,
    ),
    "native form of a page in latin-1": ClientRequest(
        headers=NAVIGATION,
        content_type=f"{FORM}; charset=ISO-8859-1",
        body=b"caller_id=8004506787&city=Z%FCrich",
        tokens={"city": "Zürich"},
    ),
    "native form of a page with a hidden source": ClientRequest(
        headers=NAVIGATION,
        content_type=FORM,
        body=b"caller_id=8004506787&traffic_source_id=1000&sub_id=creative-A&interest=kittens",
        tokens=KITTENS,
        source=1000,
        sub_id="creative-A",
    ),
    "native form with a captcha and a honeypot": ClientRequest(
        headers=NAVIGATION,
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens&website=&g-recaptcha-response=03AGdBq25",
        tokens={"interest": "kittens", "g_recaptcha_response": "03AGdBq25"},
        warnings=("empty_values_ignored", "renamed_token"),
    ),
    "native form that a framework signs": ClientRequest(
        headers=NAVIGATION,
        content_type=FORM,
        body=b"utf8=%E2%9C%93&authenticity_token=aGVsbG8%3D&_method=put&caller_id=8004506787&interest=kittens"
        b"&commit=Save",
        tokens={"interest": "kittens", "commit": "Save"},
    ),
    "native form with consent": ClientRequest(
        headers=NAVIGATION,
        content_type=FORM,
        body=b"caller_id=8004506787&xxTrustedFormCertUrl=https%3A%2F%2Fcert.trustedform.com%2Fabc&universal_leadid="
        b"9F2B-11&tcpa=I+agree",
        tokens={
            "xxtrustedformcerturl": "https://cert.trustedform.com/abc",
            "universal_leadid": "9F2B-11",
            "tcpa": "I agree",
        },
        warnings=("renamed_token",),
    ),
    "AMP form": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&__amp_source_origin=https%3A%2F%2Flanding.example",
        headers=PAGE | {"AMP-Same-Origin": "true"},
        content_type=f"multipart/form-data; boundary={WEBKIT}",
        body=multipart(WEBKIT, ('"caller_id"', "8004506787"), ('"interest"', "kittens")),
        tokens={"__amp_source_origin": "https://landing.example", "interest": "kittens"},
    ),
}

PHP: Mapping[str, ClientRequest] = {
    "PHP curl, http_build_query": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b"lead_token=TOKEN&caller_id=%2B18004506787&email=ada%40example.com&interest=kittens",
        target="/api/v1/leads",
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "PHP curl, http_build_query of a nested array": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b"caller_id=8004506787&update_only=0&data%5Binterest%5D=kittens&data%5Bpets%5D%5B0%5D=cat"
        b"&data%5Bpets%5D%5B1%5D=dog",
        tokens={"interest": "kittens", "pets": "cat,dog"},
    ),
    "PHP curl, an array": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=f"multipart/form-data; boundary={CURL}",
        body=multipart(CURL, ('"lead_token"', "TOKEN"), ('"caller_id"', "+18004506787"), ('"interest"', "kittens")),
        target="/api/v1/leads",
        tokens=KITTENS,
    ),
    "PHP curl, json_encode": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":{"page":"https:\\/\\/landing.example\\/a","city":"Z\\u00fcrich"}}',
        tokens={"page": "https://landing.example/a", "city": "Zürich"},
    ),
    "PHP curl, json_encode without a type": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b'{"caller_id":"8004506787","data":{"interest":"kittens"}}',
        tokens=KITTENS,
    ),
    "PHP curl, an empty hash that became a list": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":[],"interest":"kittens"}',
        tokens=KITTENS,
    ),
    "PHP curl, emoji as surrogates": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":{"interest":"\\ud83d\\ude3a"}}',
        tokens={"interest": "\N{SMILING CAT FACE WITH OPEN MOUTH}"},
    ),
    "PHP curl, an address with everything and POST": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=18004506787&email=ada@example.com&interest=kittens",
        headers={"Accept": "*/*"},
        content_type=FORM,
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "PHP file_get_contents": ClientRequest(
        version="HTTP/1.0",
        headers={"Connection": "close"},
        content_type=FORM,
        body=b"caller_id=8004506787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "PHP file_get_contents, JSON without a charset": ClientRequest(
        version="HTTP/1.0",
        headers={"Connection": "close", "Accept": "application/json"},
        content_type=JSON,
        body=b'{\n    "caller_id": "8004506787",\n    "interest": "kittens"\n}',
        tokens=KITTENS,
    ),
    "Guzzle, form_params": ClientRequest(
        headers={"User-Agent": "GuzzleHttp/7"},
        content_type=FORM,
        body=b"caller_id=8004506787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "Guzzle, json": ClientRequest(
        headers={"User-Agent": "GuzzleHttp/7"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","first_name":"Ada","interest":"kittens"}',
        tokens=ADA,
    ),
    "Guzzle, multipart": ClientRequest(
        headers={"User-Agent": "GuzzleHttp/7"},
        content_type="multipart/form-data; boundary=3b1e5f0a9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a",
        body=multipart(
            "3b1e5f0a9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a",
            ('"caller_id"\r\nContent-Length: 10', "8004506787"),
            ('"interest"\r\nContent-Length: 7', "kittens"),
        ),
        tokens=KITTENS,
    ),
    "Guzzle, query": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2B18004506787&interest=kittens",
        headers={"User-Agent": "GuzzleHttp/7"},
        tokens=KITTENS,
    ),
    "Laravel, as JSON": ClientRequest(
        headers={"User-Agent": "GuzzleHttp/7", "Accept": "application/json"},
        content_type=JSON,
        body=b'{"caller_id":"+18004506787","sub_id":"fb-1","traffic_source_id":1000,"data":{"interest":"kittens"}}',
        tokens=KITTENS,
        source=1000,
        sub_id="fb-1",
    ),
    "Symfony HttpClient, form": ClientRequest(
        headers={"User-Agent": "Symfony HttpClient (Curl)", "Accept": "*/*", "Accept-Encoding": "gzip"},
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "wp_remote_post, an array": ClientRequest(
        headers=agent(
            "WordPress/6.9; https://landing.example", Connection="close", Accept_Encoding="deflate, gzip, br"
        ),
        content_type=FORM,
        body=b"caller_id=%28800%29+450-6787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "wp_remote_post, JSON without a type": ClientRequest(
        headers=agent("WordPress/6.9; https://landing.example", Connection="close"),
        content_type=FORM,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "wp_remote_post, JSON": ClientRequest(
        headers=agent("WordPress/6.9; https://landing.example", Connection="close"),
        content_type="application/json; charset=utf-8",
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "Contact Form 7, its posted data passed on": ClientRequest(
        headers=agent("WordPress/6.9; https://landing.example"),
        content_type=FORM,
        body=b"_wpcf7=17&_wpcf7_locale=en_US&your-name=Ada&your-email=ada%40example.com&your-phone=800-450-6787",
        tokens={
            "_wpcf7": "17",
            "_wpcf7_locale": "en_US",
            "your_name": "Ada",
            "your_email": "ada@example.com",
            "your_phone": "800-450-6787",
        },
        warnings=("renamed_token", "renamed_token", "renamed_token", "phone_taken_from"),
    ),
    "WPForms, flat": ClientRequest(
        headers=agent("WordPress/6.9; https://landing.example"),
        content_type=JSON,
        body=b'{"Phone":"(800) 450-6787","Email":"ada@example.com","Name":"Ada"}',
        tokens={"phone": "(800) 450-6787", "email": "ada@example.com", "name": "Ada"},
        email="ada@example.com",
        warnings=("renamed_token", "renamed_token", "phone_taken_from"),
    ),
}

SCRIPTS: Mapping[str, ClientRequest] = {
    "axios": ClientRequest(
        headers={"User-Agent": "axios/1.13.0", "Accept": "application/json, text/plain, */*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":{"interest":"kittens"}}',
        tokens=KITTENS,
    ),
    "axios, params and null": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2B18004506787&interest=kittens",
        headers={"User-Agent": "axios/1.13.0", "Accept": "application/json, text/plain, */*"},
        content_type=FORM,
        body=b"null",
        tokens=KITTENS,
    ),
    "axios, params unescaped": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2B18004506787&pets[]=cat&pets[]=dog",
        headers={"User-Agent": "axios/1.13.0"},
        tokens={"pets": "cat,dog"},
    ),
    "request, form": ClientRequest(
        headers={"Connection": "close"},
        content_type=FORM,
        body=b"caller_id=8004506787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "got, json": ClientRequest(
        headers={"user-agent": "got (https://github.com/sindresorhus/got)", "accept": "application/json"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "node https, no type": ClientRequest(
        headers={"Connection": "keep-alive"},
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "node querystring, a list": ClientRequest(
        content_type=FORM,
        body=b"caller_id=8004506787&pets=cat&pets=dog",
        tokens={"pets": "dog"},
        warnings=("token_collision",),
    ),
    "qs, indices": ClientRequest(
        content_type=FORM,
        body=b"caller_id=8004506787&pets%5B0%5D=cat&pets%5B1%5D=dog&home%5Bcity%5D=Ely",
        tokens={"pets": "cat,dog", "home_city": "Ely"},
    ),
    "superagent, type form": ClientRequest(
        headers={"User-Agent": "node-superagent/10"},
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "form-data of node": ClientRequest(
        content_type="multipart/form-data; boundary=--------------------------104857163920475628193746",
        body=multipart(
            "--------------------------104857163920475628193746",
            ('"caller_id"', "8004506787"),
            ('"interest"', "kittens"),
        ),
        tokens=KITTENS,
    ),
    "requests, data": ClientRequest(
        headers=agent("python-requests/2.34.0", Accept_Encoding="gzip, deflate", Connection="keep-alive"),
        content_type=FORM,
        body=b"caller_id=%2B18004506787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "requests, json": ClientRequest(
        headers=agent("python-requests/2.34.0"),
        content_type=JSON,
        body=b'{"caller_id": "+18004506787", "data": {"city": "Z\\u00fcrich"}}',
        tokens={"city": "Zürich"},
    ),
    "requests, params": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2B18004506787&email=ada%40example.com&interest=kittens",
        headers=agent("python-requests/2.34.0"),
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "requests, data=json.dumps": ClientRequest(
        headers=agent("python-requests/2.34.0"),
        body=b'{"caller_id": "8004506787", "interest": "kittens"}',
        tokens=KITTENS,
    ),
    "requests, files for fields": ClientRequest(
        headers=agent("python-requests/2.34.0"),
        content_type="multipart/form-data; boundary=9c4e2f8a1b7d3c6e5f0a9b8c7d6e5f4a",
        body=multipart("9c4e2f8a1b7d3c6e5f0a9b8c7d6e5f4a", ('"caller_id"', "8004506787"), ('"interest"', "kittens")),
        tokens=KITTENS,
    ),
    "requests, a data frame's row": ClientRequest(
        headers=agent("python-requests/2.34.0"),
        content_type=JSON,
        body=b'{"caller_id": 18004506787.0, "income": 30000.5, "zip": "04101"}',
        tokens={"income": "30000.5", "zip": "04101"},
    ),
    "urllib": ClientRequest(
        headers={"User-Agent": "Python-urllib/3.11", "Accept-Encoding": "identity", "Connection": "close"},
        content_type=FORM,
        body=b"caller_id=%2B18004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "httpx, json": ClientRequest(
        headers=agent("python-httpx/0.28.1"),
        content_type=JSON,
        body='{"caller_id":"8004506787","city":"Zürich"}'.encode(),
        tokens={"city": "Zürich"},
    ),
    "aiohttp, FormData": ClientRequest(
        headers=agent("Python/3.13 aiohttp/3.13.0"),
        content_type="multipart/form-data; boundary=0d9c8b7a6f5e4d3c2b1a0f9e8d7c6b5a",
        body=multipart(
            "0d9c8b7a6f5e4d3c2b1a0f9e8d7c6b5a",
            ('"caller_id"\r\nContent-Type: text/plain; charset=utf-8', "8004506787"),
            ('"city"\r\nContent-Type: text/plain; charset=utf-8', "Zürich"),
        ),
        tokens={"city": "Zürich"},
    ),
    "Net::HTTP.post_form": ClientRequest(
        headers=agent("Ruby", Accept_Encoding="gzip;q=1.0,deflate;q=0.6,identity;q=0.3", Connection="close"),
        content_type=FORM,
        body=b"caller_id=%2B18004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "HTTParty, a hash": ClientRequest(
        headers=agent("Ruby"),
        content_type=FORM,
        body=b"caller_id=8004506787&data[interest]=kittens&data[email]=ada%40example.com",
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "Faraday, JSON": ClientRequest(
        headers=agent("Faraday v2.14.0"),
        content_type=JSON,
        body=b'{"lead_token":"TOKEN","caller_id":"8004506787","interest":"kittens"}',
        target="/api/v1/leads",
        tokens=KITTENS,
    ),
    "RestClient, multipart": ClientRequest(
        headers=agent("rest-client/2.1.0 (linux x86_64) ruby/3.3.0p0"),
        content_type="multipart/form-data; boundary=----RubyFormBoundaryQ3xFbYwHxjtkZzAe",
        body=multipart(
            "----RubyFormBoundaryQ3xFbYwHxjtkZzAe", ('"caller_id"', "8004506787"), ('"interest"', "kittens")
        ),
        tokens=KITTENS,
    ),
    "Go, PostForm": ClientRequest(
        headers={"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"},
        content_type=FORM,
        body=b"caller_id=%2B18004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "Go, json.Encoder": ClientRequest(
        headers={"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","email":"","sub_id":"","data":{"interest":"kittens \\u0026 puppies"}}\n',
        tokens={"interest": "kittens & puppies"},
    ),
    "C#, FormUrlEncodedContent": ClientRequest(
        content_type=FORM,
        body=b"caller_id=%2B18004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "C#, StringContent without a type": ClientRequest(
        content_type="text/plain; charset=utf-8",
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "C#, PostAsJsonAsync": ClientRequest(
        content_type="application/json; charset=utf-8",
        body=b'{"caller_id":"8004506787","data":{"interest":"kittens"}}',
        tokens=KITTENS,
    ),
    "C#, StreamWriter with a byte order mark": ClientRequest(
        content_type=JSON,
        body=b'\xef\xbb\xbf{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "C#, MultipartFormDataContent": ClientRequest(
        content_type='multipart/form-data; boundary="8f1d3c2a-6b5e-4f70-9a8b-7c6d5e4f3a2b"',
        body=multipart(
            "8f1d3c2a-6b5e-4f70-9a8b-7c6d5e4f3a2b",
            ("caller_id\r\nContent-Type: text/plain; charset=utf-8", "8004506787"),
            ("interest\r\nContent-Type: text/plain; charset=utf-8", "kittens"),
        ),
        tokens=KITTENS,
    ),
    "Java, HttpURLConnection": ClientRequest(
        headers={
            "User-Agent": "Java/21.0.5",
            "Accept": "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
            "Connection": "keep-alive",
        },
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "Java, HttpURLConnection with JSON": ClientRequest(
        headers={"User-Agent": "Java/21.0.5"},
        content_type=FORM,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "Java, Apache HttpClient's StringEntity": ClientRequest(
        headers={"User-Agent": "Apache-HttpClient/4.5.14 (Java/21.0.5)"},
        content_type="text/plain; charset=ISO-8859-1",
        body='{"caller_id":"8004506787","city":"Zürich"}'.encode("latin-1"),
        tokens={"city": "Zürich"},
    ),
    "Java, Apache HttpClient's UrlEncodedFormEntity": ClientRequest(
        headers={"User-Agent": "Apache-HttpClient/4.5.14 (Java/21.0.5)"},
        content_type=f"{FORM}; charset=ISO-8859-1",
        body=b"caller_id=8004506787&city=Z%FCrich",
        tokens={"city": "Zürich"},
    ),
    "Java, OkHttp": ClientRequest(
        headers={"User-Agent": "okhttp/4.12.0", "Accept-Encoding": "gzip"},
        content_type="application/json; charset=utf-8",
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "Perl, LWP": ClientRequest(
        headers={"TE": "deflate,gzip;q=0.3", "Connection": "TE, close", "User-Agent": "libwww-perl/6.77"},
        content_type=FORM,
        body=b"caller_id=%2B18004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "PowerShell, a hash table": ClientRequest(
        headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0; en-US) PowerShell/7.5.0"},
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "PowerShell, ConvertTo-Json without a type": ClientRequest(
        headers={"User-Agent": "Mozilla/5.0 (Windows NT; en-US) WindowsPowerShell/5.1"},
        content_type=FORM,
        body=b'{\r\n    "caller_id":  "8004506787",\r\n    "interest":  "kittens"\r\n}',
        tokens=KITTENS,
    ),
    "PowerShell, PUT": ClientRequest(
        method="PUT",
        headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0; en-US) PowerShell/7.5.0"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "Excel, MSXML2": ClientRequest(
        headers={"Accept": "*/*", "User-Agent": "Mozilla/4.0 (compatible; Win32; WinHttp.WinHttpRequest.5)"},
        content_type=FORM,
        body=b"caller_id=&phone=8004506787",
        tokens={"phone": "8004506787"},
        warnings=("phone_taken_from",),
    ),
    "Apps Script, payload": ClientRequest(
        headers=agent("Mozilla/5.0 (compatible; Google-Apps-Script; beanserver; id: UAEm)"),
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "Salesforce Apex": ClientRequest(
        headers=agent("SFDC-Callout/65.0", Accept="text/html, image/gif, image/jpeg, *; q=.2"),
        content_type="application/json;charset=UTF-8",
        body=b'{"caller_id":"8004506787","email":null,"data":{"interest":"kittens"}}',
        tokens=KITTENS,
    ),
    "Dart, http.post of a map": ClientRequest(
        headers={"user-agent": "Dart/3.6 (dart:io)", "accept-encoding": "gzip"},
        content_type=f"{FORM}; charset=utf-8",
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
}

COMMAND_LINE: Mapping[str, ClientRequest] = {
    "curl, the form example": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=+18004506787&email=ada@example.com&interest=kittens",
        headers=agent("curl/8.14.1"),
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "curl, the JSON example": ClientRequest(
        target="/api/v1/leads",
        headers=agent("curl/8.14.1"),
        content_type=JSON,
        body=b'{"lead_token":"TOKEN","caller_id":"+18004506787","expires_in":60,"data":{"interest":"kittens"}}',
        tokens=KITTENS,
        expires_at="2026-03-01T13:00:00Z",
    ),
    "curl, the source example": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=8004506787&traffic_source_id=1000&sub_id=creative-A",
        headers=agent("curl/8.14.1"),
        tokens={},
        source=1000,
        sub_id="creative-A",
    ),
    "curl -d twice": ClientRequest(
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "curl -d, an unescaped plus": ClientRequest(
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b"caller_id=+18004506787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "curl -d, JSON without a type": ClientRequest(
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b'{"caller_id":"+18004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "curl --data-urlencode": ClientRequest(
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b"caller_id=%2b1%20800%20450%206787&comment=a%20%26%20b%3Dc",
        tokens={"comment": "a & b=c"},
    ),
    "curl --data-binary @file, with its last line feed": ClientRequest(
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens\n",
        tokens=KITTENS,
    ),
    "curl -F": ClientRequest(
        headers=agent("curl/8.14.1"),
        content_type=f"multipart/form-data; boundary={CURL}",
        body=multipart(CURL, ('"caller_id"', "8004506787"), ('"interest"', "kittens")),
        tokens=KITTENS,
    ),
    "curl -F with a file": ClientRequest(
        headers=agent("curl/8.14.1"),
        content_type=f"multipart/form-data; boundary={CURL}",
        body=multipart(
            CURL,
            ('"caller_id"', "8004506787"),
            ('"bill"; filename="bill.pdf"\r\nContent-Type: application/pdf', "%PDF"),
        ),
        tokens={},
        warnings=("file_part_ignored",),
    ),
    "curl -G -X POST": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2b18004506787&interest=kittens",
        headers={**agent("curl/8.14.1"), "Content-Length": "0"},
        tokens=KITTENS,
    ),
    "curl --json": ClientRequest(
        headers={"User-Agent": "curl/8.14.1", "Accept": "application/json"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "curl -X PUT": ClientRequest(
        method="PUT",
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "curl -T": ClientRequest(
        method="PUT",
        headers=agent("curl/8.14.1"),
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "curl -H of an empty JSON body": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=8004506787&interest=kittens",
        headers=agent("curl/8.14.1"),
        content_type=JSON,
        tokens=KITTENS,
    ),
    "curl -u with the token for a user beside it in the query": ClientRequest(
        headers=agent("curl/8.14.1", Authorization="Basic YWRhOmxvdmVsYWNl"),
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "wget --post-data": ClientRequest(
        headers=agent("Wget/1.25.0", Accept_Encoding="identity", Connection="Keep-Alive"),
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "HTTPie": ClientRequest(
        headers={"User-Agent": "HTTPie/3.2.4", "Accept": "application/json, */*;q=0.5"},
        content_type=JSON,
        body=b'{"caller_id": "8004506787", "age": 36, "interest": "kittens"}',
        tokens={"age": "36", "interest": "kittens"},
    ),
    "Postman, raw text": ClientRequest(
        headers=agent("PostmanRuntime/7.50.0", Postman_Token="0a1b2c3d", Cache_Control="no-cache"),
        content_type="text/plain",
        body=b'{\r\n  "caller_id": "8004506787",\r\n  "interest": "kittens"\r\n}',
        tokens=KITTENS,
    ),
    "Postman, params and an empty form": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=8004506787&interest=kittens",
        headers=agent("PostmanRuntime/7.50.0"),
        content_type="multipart/form-data; boundary=--------------------------918273645018273645018273",
        tokens=KITTENS,
    ),
    "a base address that ends with a slash": ClientRequest(
        target="//api/v1/leads?lead_token=TOKEN&caller_id=8004506787&interest=kittens",
        headers=agent("curl/8.14.1"),
        tokens=KITTENS,
    ),
    "a trailing slash": ClientRequest(
        target="/api/v1/leads/?lead_token=TOKEN",
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b"caller_id=8004506787&interest=kittens",
        tokens=KITTENS,
    ),
    "every key twice": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2B18004506787&interest=kittens&sub_id=a",
        headers=agent("curl/8.14.1"),
        content_type=FORM,
        body=b"lead_token=TOKEN&caller_id=800-450-6787&interest=kittens&sub_id=a",
        tokens=KITTENS,
        sub_id="a",
    ),
    "a line feed copied with the token": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN%0D%0A&caller_id=8004506787%0A&interest=kittens",
        headers=agent("curl/8.14.1"),
        tokens=KITTENS,
    ),
    "an address with a fragment's worth of tracking": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=8004506787&utm_source=fb&utm_campaign=Spring%20%7C%20Roofs"
        "&fbclid=IwAR0&gclid=",
        headers=agent("curl/8.14.1"),
        tokens={"utm_source": "fb", "utm_campaign": "Spring | Roofs", "fbclid": "IwAR0"},
        warnings=("empty_values_ignored",),
    ),
}

RELAYS: Mapping[str, ClientRequest] = {
    "Zapier, form": ClientRequest(
        headers=agent("Zapier"),
        content_type=FORM,
        body=b"caller_id=%2B18004506787&email=ada%40example.com&interest=kittens",
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "Zapier, JSON with a nested hash": ClientRequest(
        headers=agent("Zapier"),
        content_type="application/json; charset=utf-8",
        body=b'{"caller_id": "+18004506787", "data": {"interest": "kittens", "email": "ada@example.com"}}',
        tokens=ADDRESSED,
        email="ada@example.com",
    ),
    "Zapier, what was not filled in": ClientRequest(
        headers=agent("Zapier"),
        content_type=JSON,
        body=b'{"caller_id": "+18004506787", "traffic_source_id": "", "sub_id": "", "interest": "kittens", "zip": ""}',
        tokens=KITTENS,
        warnings=("empty_values_ignored",),
    ),
    "Zapier, all in the address": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=%2B18004506787&traffic_source_id=1000&interest=kittens",
        headers=agent("Zapier"),
        content_type="application/json; charset=utf-8",
        body=b"{}",
        tokens=KITTENS,
        source=1000,
    ),
    "Make, form": ClientRequest(
        headers=agent("Make/production"),
        content_type=FORM,
        body=b"caller_id=8004506787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "Make, raw JSON": ClientRequest(
        headers=agent("Make/production"),
        content_type=JSON,
        body=b'{"caller_id":"8004506787","interest":"kittens","comment":"one\ntwo"}',
        tokens={"interest": "kittens", "comment": "one\ntwo"},
    ),
    "Make, multipart": ClientRequest(
        headers=agent("Make/production"),
        content_type="multipart/form-data; boundary=--------------------------573819204756102938475610",
        body=multipart(
            "--------------------------573819204756102938475610",
            ('"caller_id"', "8004506787"),
            ('"interest"', "kittens"),
        ),
        tokens=KITTENS,
    ),
    "n8n, HTTP Request": ClientRequest(
        headers={"User-Agent": "axios/1.12.0", "Accept": "application/json,text/html,application/xhtml+xml,*/*;q=0.8"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":{"interest":"kittens"}}',
        tokens=KITTENS,
    ),
    "Pabbly Connect": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b"caller_id=8004506787&first_name=Ada&interest=kittens",
        tokens=ADA,
    ),
    "Power Automate": ClientRequest(
        headers={"User-Agent": "azure-logic-apps/1.0", "x-ms-workflow-id": "5c0f", "Accept-Language": "en"},
        content_type="application/json; charset=utf-8",
        body=b'{"caller_id":"8004506787","interest":"kittens"}',
        tokens=KITTENS,
    ),
    "LeadConduit, form": ClientRequest(
        target="/api/v1/leads",
        headers={"Accept": "*/*", "User-Agent": "LeadConduit/1.0"},
        content_type=FORM,
        body=b"lead_token=TOKEN&caller_id=8004506787&first_name=Ada&trustedform_cert_url="
        b"https%3A%2F%2Fcert.trustedform.com%2Fabc&ip_address=203.0.113.7",
        tokens={
            "first_name": "Ada",
            "trustedform_cert_url": "https://cert.trustedform.com/abc",
            "ip_address": "203.0.113.7",
        },
    ),
    "LeadConduit, its own names": ClientRequest(
        headers={"Accept": "application/json", "User-Agent": "LeadConduit/1.0"},
        content_type=FORM,
        body=b"first_name=Ada&phone_1=8004506787&email=ada%40example.com",
        tokens={"first_name": "Ada", "phone_1": "8004506787", "email": "ada@example.com"},
        email="ada@example.com",
        warnings=("phone_taken_from",),
    ),
    "LeadsPedia": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&traffic_source_id=1000",
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b"lp_campaign_id=5f1&lp_s1=creative-A&caller_id=8004506787&sub_id=creative-A&jornaya_lead_id=9F2B",
        tokens={"lp_campaign_id": "5f1", "lp_s1": "creative-A", "jornaya_lead_id": "9F2B"},
        source=1000,
        sub_id="creative-A",
    ),
    "boberdoo": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b"First_Name=Ada&Primary_Phone=8004506787&Zip=04101",
        tokens={"first_name": "Ada", "primary_phone": "8004506787", "zip": "04101"},
        warnings=("renamed_token", "renamed_token", "renamed_token", "phone_taken_from"),
    ),
    "a vendor's source against the address's": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&traffic_source_id=1000&sub_id=ours",
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","traffic_source_id":"77","sub_id":"theirs","interest":"kittens"}',
        tokens=KITTENS,
        source=1000,
        sub_id="ours",
        warnings=("query_wins", "query_wins"),
    ),
    "a vendor's unknown source": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","traffic_source_id":"google","interest":"kittens"}',
        tokens=KITTENS,
        warnings=("unknown_traffic_source",),
    ),
    "VICIdial's names": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b"phone_number=8004506787&phone_code=1&vendor_lead_code=77&list_id=101",
        tokens={"phone_number": "8004506787", "phone_code": "1", "vendor_lead_code": "77", "list_id": "101"},
        warnings=("phone_taken_from",),
    ),
    "a camel's names": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"firstName":"Ada","phoneNumber":"8004506787"}',
        tokens={"firstname": "Ada", "phonenumber": "8004506787"},
        warnings=("renamed_token", "renamed_token", "phone_taken_from"),
    ),
    "a CRM's nested contact": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","contact":{"name":"Ada","address":{"city":"Ely","zip":"04101"},"tags":["a","b"]}}',
        tokens={
            "contact_name": "Ada",
            "contact_address_city": "Ely",
            "contact_address_zip": "04101",
            "contact_tags": "a,b",
        },
    ),
    "a form of somebody whose site opts people out": ClientRequest(
        headers={"Accept": "*/*"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":{"opt_out":"true","blocked":"true","interest":"kittens"}}',
        tokens={"opt_out": "true", "blocked": "true", "interest": "kittens"},
        warnings=("near_reserved_name", "near_reserved_name"),
    ),
    "an older client of the field": ClientRequest(
        target="/api/v1/leads?auth_token=secret-of-theirs",
        headers={"Accept": "*/*"},
        content_type=FORM,
        body=b"schedule_lead_token=TOKEN&caller_id=17193132645&apply_to=calls&loan_amount=500&format=json&callback=cb",
        caller="+17193132645",
        tokens={"loan_amount": "500"},
    ),
    "an international number with its plus lost": ClientRequest(
        target="/api/v1/leads?lead_token=TOKEN&caller_id=+442079460018&interest=kittens",
        headers=agent("Zapier"),
        caller="+442079460018",
        tokens=KITTENS,
        warnings=("phone_read_as_international",),
    ),
    "capture by a CRM": ClientRequest(
        target="/api/v1/leads/capture?lead_token=TOKEN",
        headers={"Accept": "application/json"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":{"interest":"kittens"}}',
        tokens=KITTENS,
    ),
    "create or update by a CRM": ClientRequest(
        target="/api/v1/leads/create_or_update?lead_token=TOKEN",
        headers={"Accept": "application/json"},
        content_type=JSON,
        body=b'{"caller_id":"8004506787","data":{"interest":"kittens"}}',
        tokens=KITTENS,
    ),
}

_UNBOUNCE: dict[str, str] = {
    "first_name": "Ada",
    "email": "ada@example.com",
    "phone_number": "(800) 450-6787",
    "interest": "kittens,puppies",
    "ip_address": "203.0.113.7",
    "page_uuid": "a2838d98-4cf4-11df-a3fd-00163e372d58",
    "variant": "a",
    "time_submitted": "10:57 PM UTC",
    "date_submitted": "2026-03-01",
    "page_url": "http://leads.example.com/quote",
    "page_name": "Quote",
}
_CLICKFUNNELS: dict[str, str] = {
    "page_id": "23130253",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "phone": "8004506787",
    "city": "Shawnee",
    "state": "KS",
    "zip": "66226",
    "created_at": "2026-03-01T12:24:31.000Z",
    "ip": "203.0.113.7",
    "funnel_id": "5188321",
    "funnel_step_id": "28475319",
    "cf_uvid": "afb1205650cd519de7bae44e4b04b222",
    "time_zone": "Central Time (US & Canada)",
}
_GRAVITY: dict[str, str] = {
    "entry_id": "134",
    "form_id": "3",
    "date_created": "2026-03-01 12:24:31",
    "date_updated": "2026-03-01 12:24:31",
    "ip": "203.0.113.7",
    "source_url": "https://leads.example.com/quote/",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "currency": "USD",
    "status": "active",
    "1_3": "Ada",
    "1_6": "Lovelace",
    "2": "ada@example.com",
    "3": "(800) 450-6787",
    "4": "12345678",
    "5_1": "kittens",
    "5_2": "puppies",
    "email": "ada@example.com",
}

BUILDERS: Mapping[str, ClientRequest] = {
    "Unbounce": built(
        "unbounce.txt",
        _UNBOUNCE | {"page_id": "a2838d98-4cf4-11df-a3fd-00163e372d58"},
        "phone_taken_from",
    ),
    "Unbounce, JSON": built("unbounce_json.json", _UNBOUNCE, "phone_taken_from"),
    "Unbounce by way of PHP": built(
        "unbounce_underscored.txt",
        {
            "email": "ada@example.com",
            "phone": "800-450-6787",
            "opt_out": "true",
            "page_id": "a2838d98",
            "page_url": "http://leads.example.com/quote",
            "variant": "b",
        },
        "phone_taken_from",
        "near_reserved_name",
    ),
    "Instapage": built(
        "instapage.txt",
        {
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone_number": "(800) 450-6787",
            "interest": "kittens",
            "opt_out": "on",
        },
        "phone_taken_from",
        "near_reserved_name",
        *("renamed_token",) * 4,
    ),
    "Instapage, names in base64": built(
        "instapage_base64.txt",
        {"first_name": "Ada", "email": "ada@example.com", "phone": "(800) 450-6787", "utm_source": "newsletter"},
        "phone_taken_from",
        *("renamed_token",) * 3,
    ),
    "Elementor, bare": built("elementor_bare.txt", {"phone": "8004506787", "interest": "kittens"}, "phone_taken_from"),
    "Elementor, titles only": built(
        "elementor_simple.txt",
        {
            "your_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "(800) 450-6787",
            "opt_out": "on",
            "date": "March 1, 2026",
            "time": "12:24 pm",
            "page_url": "https://leads.example.com/contact/",
            "user_agent": "Mozilla/5.0",
            "remote_ip": "203.0.113.7",
            "powered_by": "Elementor",
            "form_id": "1606c7c4",
            "form_name": "Contact form",
        },
        "phone_taken_from",
        "near_reserved_name",
        *("renamed_token",) * 9,
    ),
    "Gravity Forms": built(
        "gravity_forms.json",
        _GRAVITY,
        "phone_taken_from",
        "email_taken_from",
        "empty_values_ignored",
        *("renamed_token",) * 4,
    ),
    "Gravity Forms, form": built(
        "gravity_forms_form.txt",
        _GRAVITY,
        "phone_taken_from",
        "email_taken_from",
        "empty_values_ignored",
        *("renamed_token",) * 4,
    ),
    "Google lead form": built(
        "google_lead_forms.json",
        {
            "full_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone_number": "+18004506787",
            "what_is_your_preferred_dealership_": "Sunnyvale",
            "form_id": "40000000001",
            "campaign_id": "20000000002",
            "gcl_id": "Cj0KCQjw-example",
            "adgroup_id": "30000000003",
            "creative_id": "50000000005",
            "lead_submit_time": "2026-03-01T12:30:00Z",
            "lead_id": "TeSter-0123456789ABCDEFabcdef-Lq4",
        },
        "phone_taken_from",
        "credential_left_out",
        *("renamed_token",) * 4,
    ),
    "Google's test": built(
        "google_lead_forms_test.json",
        {
            "full_name": "FirstName LastName",
            "phone_number": "+16505550123",
            "form_id": "40000000001",
            "campaign_id": "0",
            "lead_id": "TeSter-9f2d",
        },
        "phone_taken_from",
        "credential_left_out",
        *("renamed_token",) * 2,
        outcome="test",
        caller="+16505550123",
    ),
    "Meta by way of a relay": built(
        "meta_lead_ads.json",
        {
            "full_name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone_number": "+18004506787",
            "what_interests_you_": "kittens,puppies",
            "leadgen_id": "1234567890123456",
            "created_time": "2026-03-01T12:24:31+0000",
            "ad_id": "23840000000000001",
            "form_id": "987654321098765",
            "is_organic": "false",
            "platform": "fb",
        },
        "phone_taken_from",
        "renamed_token",
    ),
    "ClickFunnels, bare": built(
        "clickfunnels_bare.json",
        _CLICKFUNNELS
        | {
            "contact_id": "604206476",
            "contact_profile_id": "288650707",
            "contact_profile_email": "ada@example.com",
            "contact_profile_known_ltv": "0.00",
            "interest": "kittens",
            "utm_source": "newsletter",
        },
        "phone_taken_from",
        "empty_values_ignored",
    ),
    "Webflow": built(
        "webflow.json",
        {
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@example.com",
            "phone_number": "18004506787",
            "form_name": "Contact Us",
            "siteid": "65427cf400e02b306eaa049c",
            "submittedat": "2026-03-01T12:24:31.273Z",
            "submission_id": "6321ca84df3949bfc6752327",
            "formid": "65429eadebe8a9f3a30f62d0",
            "formelementid": "4e038d2c-6a1e-4953-7be9-a59a2b453177",
            "pageid": "65427cf400e02b306eaa04a0",
            "publishedpath": "/contact",
        },
        "phone_taken_from",
        *("renamed_token",) * 9,
    ),
    "Webflow, version 1": built(
        "webflow_version_1.json",
        {
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "(800) 450-6787",
            "form_name": "Sample Form",
            "site": "62749158efef318abc8d5a0f",
            "submitted_at": "2026-03-01T12:24:31.117Z",
            "submission_id": "6321ca84df3949bfc6752327",
        },
        "phone_taken_from",
    ),
    "Typeform": built(
        "typeform.json",
        {
            "first_name": "Ada",
            "what_is_the_best_number_to_reach_you_on_": "+18004506787",
            "and_your_e_mail_address_": "ada@example.com",
            "email": "ada@example.com",
            "kind_of_cover": "Home,Car,Boat",
            "do_you_own_your_home_": "true",
            "age": "36",
            "when": "2026-06-01",
            "provider": "Acme Mutual",
            "utm_source": "newsletter",
            "traffic_source_id": "1000",
            "sub_id": "creative-A",
            "form_id": "lT4Z3j",
            "response_id": "a3a12ec67a1365927098a606107fac15",
            "landed_at": "2026-03-01T12:20:02Z",
            "submitted_at": "2026-03-01T12:24:31Z",
            "calculated_score": "9",
            "variables_score": "4",
            "variables_tier": "gold",
            "event_id": "01HQ3ZK8M5W2V7T4R9X6B1C0DE",
        },
        "phone_taken_from",
        "email_taken_from",
        *("renamed_token",) * 3,
        source=1000,
        sub_id="creative-A",
        sender="Typeform Webhooks",
    ),
    "n8n, a request passed on": built(
        "automation_n8n.json",
        {
            "utm_source": "newsletter",
            "first_name": "Ada",
            "email": "ada@example.com",
            "phone": "(800) 450-6787",
            "opt_out": "true",
            "interest": "kittens",
        },
        "phone_taken_from",
        "near_reserved_name",
        "credential_left_out",
    ),
    "Instapage, mapped by hand": ClientRequest(
        content_type=fixture("plain_instapage.txt")[0],
        body=fixture("plain_instapage.txt")[1],
        tokens={
            "name": "Ada Lovelace",
            "email": "ada@example.com",
            "phone": "(800) 450-6787",
            "page_url": "https://leads.example.com/quote",
            "ip": "203.0.113.7",
        },
        email="ada@example.com",
        warnings=("phone_taken_from", "renamed_token", "renamed_token"),
    ),
    "Leadpages": ClientRequest(
        content_type=fixture("plain_leadpages.txt")[0],
        body=fixture("plain_leadpages.txt")[1],
        tokens={"first_name": "Ada", "email": "ada@example.com", "phone": "(800) 450-6787", "page_name": "Quote"},
        email="ada@example.com",
        warnings=("phone_taken_from",),
    ),
}

REQUESTS: Mapping[str, ClientRequest] = {**BROWSERS, **PHP, **SCRIPTS, **COMMAND_LINE, **RELAYS, **BUILDERS}
"""All of them."""
