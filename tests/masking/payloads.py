"""Payloads, personal data, and texts that only look like secrets."""

from collections.abc import Iterator
from typing import Final

from tests.masking.making import Case, make, rows

SHAPES: Final = """
flat | JSON {"§K": "§S", "n": 3}
nested | JSON {"request": {"body": {"user": {"§K": "§S"}}}}
in a list | JSON {"items": [{"§K": "§S"}, {"n": 3}]}
list of values | JSON {"§K": ["§S", "x"]}
name and value | JSON {"env": [{"name": "§K", "value": "§S"}]}
key and value | JSON {"tags": [{"key": "§K", "value": "§S"}]}
capitals | JSON {"Tags": [{"Key": "§K", "Value": "§S"}]}
otel | JSON {"attributes": [{"key": "§K", "value": {"stringValue": "§S"}}]}
pair | JSON {"headers": [["§K", "§S"]]}
flat pairs | JSON {"args": ["§K", "§S"]}
field and val | JSON {"changes": [{"field": "§K", "old": "x", "new": "§S"}]}
change | JSON {"diff": {"§K": {"from": "x", "to": "§S"}}}
old and new | JSON {"diff": {"§K": {"old": "§S", "new": null}}}
typed | JSON {"§K": {"type": "string", "value": "§S"}}
structure | JSON {"fields": {"§K": {"stringValue": "§S"}}}
dynamo | JSON {"Item": {"§K": {"S": "§S"}}}
id and value | JSON {"form": [{"id": "§K", "value": "§S"}]}
label and value | JSON {"form": [{"label": "§K", "text": "§S"}]}
variable | JSON {"variables": [{"variable": "§K", "content": "§S"}]}
option | JSON {"options": [{"option": "--§K", "argument": "§S"}]}
json text | JSON {"body": "{\\"§K\\": \\"§S\\"}"}
form text | JSON {"body": "user=x&§K=§S"}
yaml text | JSON {"config": "user: x\\n§K: §S\\n"}
message | JSON {"message": "retry with §K=§S", "n": 3}
argv | JSON {"argv": ["run", "--§K", "§S", "--verbose"]}
argv equals | JSON {"argv": ["run", "--§K=§S"]}
env list | JSON {"env": ["LANG=C", "§K=§S"]}
dotted | JSON {"cfg.§K": "§S"}
prefixed | JSON {"x_§K": "§S"}
"""

KEYS: Final = (
    "password",
    "apiKey",
    "client_secret",
    "ACCESS-TOKEN",
    "DbPassword",
    "secretAccessKey",
    "private-key",
    "refreshToken",
)

PERSONAL: Final = """
email | mail §S now | anna.novak+x@shop-<a4>.example.co.uk
email, angle | From: Anna <§S> | anna@shop-<a4>.com
email, mailto | href="mailto:§S" | anna.k@shop-<a4>.de
email, percent | /u?email=§S&«n=1» | anna%40shop-<a4>.com
email, plus in percent | /u?email=§S | anna%2Bx%40shop-<a4>.com
email, json | {"email":"§S"} | anna_n@<a6>.io
email, escaped | {\\"email\\":\\"§S\\"} | anna_n@<a6>.io
email, unicode | user §S failed | jörg@müller-<a3>.de
email, capitals | USER=§S | ANNA.NOVAK@<Z6>.COM
email, quoted | to="§S", «n=3» | o'brien@<a6>.ie
email, list | to: §S;b@x | a.b@<a6>.fr
email, in url path | GET /users/§S/orders | anna@<a6>.com
email, long tld | x §S y | anna@<a6>.photography
email, sub domain | x §S y | a@mail.eu.<a6>.org
email, payload | JSON {"user": {"login": "§S"}} | anna@<a6>.com
email, as key | JSON {"§S": 3} | anna@<a6>.com
email, principal | JSON {"protoPayload": {"authenticationInfo": {"principalEmail": "§S"}}} | anna@<a6>.com
card, visa | card §S declined | 4111111111111111
card, blanks | card §S declined | 4111 1111 1111 1111
card, dashes | pan=§S | 4111-1111-1111-1111
card, amex | card §S x | 378282246310005
card, amex blanks | card §S x | 3782 822463 10005
card, mastercard | {"number":"§S"} | 5555555555554444
card, mastercard two | charge(§S, 1) | 2223003122003222
card, discover | x=§S | 6011111111111117
card, diners | card §S x | 30569309025904
card, jcb | card §S x | 3530111333300000
card, union pay | card §S x | 6200000000000005
card, maestro | card §S x | 6759649826438453
card, payload number | JSON {"card": {"number": 4111111111111111}} | 4111111111111111
card, expiry | JSON {"card": {"cardNumber": "§S"}} | 4000056655665556
iban, german | to §S failed | DE89370400440532013000
iban, blanks | to §S failed | GB29 NWBK 6016 1331 9268 19
iban, french | iban=§S | FR1420041010050500013M02606
iban, dutch | {"iban":"§S"} | NL91ABNA0417164300
iban, czech | to §S | CZ6508000000192000145399
iban, maltese | to §S | MT84MALT011000012345MTLCAST001S
ssn | ssn §S rejected | 219-09-9999
ssn, named | SSN=§S | 219099999
phone, german | call §S now | +49 170 1234567
phone, us | call §S now | +1 415-555-2671
phone, brackets | call §S now | +1 (415) 555-2671
phone, compact | to=§S | +14155552671
phone, percent | To=§S&«n=1» | %2B14155552671
phone, named | phone: §S | 0170 1234567
phone, json | {"phone_number":"§S"} | 4155552671
phone, payload | JSON {"user": {"mobile": "§S"}} | 07700900123
phone, tel | tel:§S | +442079460958
phone, dots | call §S now | +33.6.12.34.56.78
ipv4 | client §S blocked | 93.184.216.34
ipv4, port | remote=§S:51234 | 8.8.4.4
ipv4, forwarded | X-Forwarded-For: §S, «10.0.0.1» | 93.184.216.34
ipv4, brackets | [§S] login | 185.199.108.153
ipv4, access log | §S - - [x] "GET / HTTP/1.1" «200» | 93.184.216.34
ipv4, json | {"ip":"§S"} | 93.184.216.34
ipv4, sentence | from §S. | 93.184.216.34
ipv4, mapped | peer ::ffff:§S closed | 93.184.216.34
ipv4, go | dial tcp §S:443: «i/o timeout» | 93.184.216.34
ipv4, url | http://§S/x | 93.184.216.34
ipv4, cidr | allow §S/32 | 93.184.216.34
ipv6 | client §S blocked | 2a00:1450:4001:81b::200e
ipv6, full | from §S port | 2001:4860:4860:0000:0000:0000:0000:8888
ipv6, brackets | [§S]:443 | 2a00:1450:4001:81b::200e
ipv6, zone-less json | {"ip":"§S"} | 2606:4700::6810:84e5
ipv6, capitals | from §S port | 2A00:1450:4001:81B::200E
ip, payload | JSON {"httpRequest": {"remoteIp": "§S"}} | 93.184.216.34
birth | date_of_birth=§S | 1984-05-06
birth, payload | JSON {"user": {"dateOfBirth": "§S"}} | 1984-05-06
passport | passport_number: §S | C01X00T47
tax | tax_id=§S | 12-3456789
names | JSON {"user": {"firstName": "§S", "id": 3}} | Anneliese
surname | {"last_name":"§S"} | Kowalczyk
address | JSON {"billingAddress": "§S"} | Hauptstr. 12, Berlin
"""


def cases(seed: int) -> Iterator[Case]:
    """Yield payloads and personal data."""
    for kind, template in rows(SHAPES):
        for number, key in enumerate(KEYS):
            yield make("payloads", kind, template, "<A28>" if number % 2 else "§p", seed, key)
    for kind, rest in rows(PERSONAL):
        template, _, secret = rest.rpartition(" | ")
        yield make("personal", kind, template, secret, seed)
