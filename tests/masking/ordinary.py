"""What looks like a secret and is none: all of it must stay as it is."""

from collections.abc import Iterator
from typing import Final

from tests.masking.making import Case, make, rows

KEPT: Final = r"""
uuid | request §g done
uuid, path | GET /v1/jobs/§g/logs 200
uuid, id field | {"id":"§g","n":3}
uuid, payload | JSON {"requestId": "§g", "orderId": "§g"}
git sha | built from commit <H40>
git sha, short | deploy <H7> of main
git range | <H40>..<H40>
md5 | checksum <H32> ok
sha1 | sha1=<H40> file ok
sha256 | sha256:<H64>
sha256, plain | digest <H64> matches
sha512 | sha512-<B86>==
sri | integrity="sha384-<B64>"
etag | ETag: "<H32>"
etag, weak | ETag: W/"<A20>"
image digest | Pulled europe-docker.pkg.dev/p/r/app@sha256:<H64>
container | docker://<H64> exited 137
trace | projects/acme/traces/<H32>
traceparent | traceparent: 00-<H32>-<H16>-01
cloud trace | X-Cloud-Trace-Context: <H32>/<N18>;o=1
b3 | x-b3-traceid: <H32> x-b3-spanid: <H16>
datadog trace | dd.trace_id=<N19> dd.span_id=<N19>
xray | X-Amzn-Trace-Id: Root=1-<H8>-<H24>
request id | x-request-id: §g
request id, aws | x-amzn-RequestId: §g
request id, s3 | x-amz-id-2: <B76>
correlation | correlation_id=<A22>
span | spanId=<H16>
insert id | insertId <L16> duplicate
instance | instanceId=00<H130>
gce | instance_id: <N19>
revision | Revision 'order-svc-00734-<a3>' is not ready
pod | pod order-<H10>-<L5> OOMKilled
replica set | order-7d<H8> scaled to 3
service account | sa deployer@acme.iam.gserviceaccount.com lacks roles/run.invoker
service account, compute | <N12>-compute@developer.gserviceaccount.com
secret path | secret manager access denied on projects/<N12>/secrets/order-db/versions/latest
secret name | mounting secret order-db-credentials
secret, kubernetes | secret/order-tls configured
secret missing | secret "order-tls" not found
secret ref | secretKeyRef: name: order-db key: url
secret name payload | JSON {"volumes": [{"secret": {"secretName": "order-tls"}}]}
vault path | reading secret/data/order/prod
kms | projects/p/locations/eu/keyRings/r/cryptoKeys/order-key/cryptoKeyVersions/3
arn | arn:aws:iam::123456789012:role/order
arn, secret | arn:aws:secretsmanager:eu-west-1:123456789012:secret:order-db-AbCdEf
key id | kid=<H40> not found in JWKS
key pair id | Key-Pair-Id=K2JCJMDEHXQW5F
public key | ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI<A40> ok
certificate | -----BEGIN CERTIFICATE-----⏎<B64>⏎-----END CERTIFICATE-----
public pem | -----BEGIN PUBLIC KEY-----⏎<B64>⏎-----END PUBLIC KEY-----
fingerprint | SHA256:<B43> (RSA)
fingerprint, colons | 43:51:43:a1:b5:fc:8b:b7:0a:3a:a9:b1:0f:66:73:a8
serial | serial=<X32>
timestamp | 2026-11-03T04:05:06.123456Z INFO started
timestamp, zone | 2026-01-02 03:04:05 +0100
timestamp, rfc | Tue, 03 Nov 2026 04:05:06 GMT
epoch | at 1700000000000 tick
epoch ns | ts=1700000000000000000
nginx time | 10.0.0.4 - - [03/Nov/2026:04:05:06 +0000] "GET / HTTP/1.1" 200 512
duration | took 1234ms, 512 bytes
big number | 12345678901234567890 rows
number with separators | 1,234,567,890 bytes
number with blanks | 1 234 567 890 bytes
float | 0.123456789012345
hex address | segfault at 0x00007f1234567890 ip
memory map | 7f12<H8>-7f12<H8> r-xp
port | listening on 0.0.0.0:8080
private ip | dial tcp 10.12.0.4:5432: connection refused
private ip 172 | peer 172.20.1.4 joined
private ip 192 | peer 192.168.1.77 joined
link local | curl http://169.254.169.254/computeMetadata/v1/
documentation ip | see 203.0.113.9 and 198.51.100.7
loopback | bind 127.0.0.1:8080 and [::1]:8080
ipv6, local | fe80::1%eth0 and fd00::1
ipv6, documentation | 2001:db8::1
netmask | netmask 255.255.255.0
any | 0.0.0.0/0 and ::/0
mac | eth0 hwaddr 02:42:ac:11:00:02
version | starting app 1.24.300 on python 3.11.7
version, four | agent version 12.4.1024.33 loaded
version, browser | Mozilla/5.0 Chrome/120.0.6099.109 Safari/537.36
version, product | Firefox/115.0 libcurl/8.5.0 OpenSSL/3.0.11
version, wheel | grpcio-1.60.0-cp311-cp311-manylinux_2_17_x86_64.whl
version, equals | installed pkg==4.3.2.1
version, word | upgrade from 8.1.2.3 to 8.1.2.4
version, assembly | Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089
section | see section 1.2.3.4
oid | OID 1.3.6.1.4.1.311
semver range | requires foo >=1.2.3 <2.0.0
file | open /srv/order/releases/20261103/lib/order_token.py: no such file
file, secret dir | /var/run/secrets/kubernetes.io/serviceaccount/token
file, password | /etc/passwd: permission denied
file, key | loading /etc/ssl/private/server.key
module | app.order.auth:refresh_token:123 boom
java class | com.acme.auth.TokenService$PasswordEncoder
java frame | at com.acme.auth.TokenService.refresh(TokenService.java:123)
js frame | at async refreshToken (/app/src/auth/token.js:12:34)
go frame | github.com/acme/x/internal/auth.(*Token).Refresh(0xc000123456)
python frame | File "/app/auth.py", line 12, in get_secret⏎    password = get_password(user)
python code | token = self.tokens.get(user_id)
python code, call | secret = os.environ["API_SECRET"]
python code, none | api_key = None
js code | const token = req.headers.authorization
exception | InvalidTokenError: boom
exception, dotted | jwt.exceptions.ExpiredSignatureError: Signature has expired
exception, java | org.springframework.security.authentication.BadCredentialsException: Bad credentials
key error | KeyError: 'api_key'
missing setting | environment variable API_KEY is not set
missing setting, dotenv | STRIPE_API_KEY not found, using default
required | password: required
required, json | {"password":["This field is required."]}
validation | Password must contain at least 8 characters
validation, json | {"field":"password","error":"too_short"}
too short | password is too short (minimum is 8 characters)
token expired | token expired at 2026-11-03T04:05:06Z
token invalid | invalid token: signature mismatch
token unexpected | Unexpected token < in JSON at position 0
token unexpected end | SyntaxError: Unexpected token '}'
token bucket | token bucket empty for order, retry in 4s
token count | max_tokens=4096 prompt_tokens: 12 total_tokens=9000
token count, json | {"token_count":12,"tokens_used":90,"completion_tokens":4096}
token count, payload | JSON {"usage": {"input_tokens": 1234, "output_tokens": 56789, "cache_read_input_tokens": 100000}}
token limit | tokens per minute limit 90000 reached
token type | token_type=bearer expires_in=3600
token lifetime | access_token_lifetime=3600 refresh_token_expires_in: 86400
token endpoint | POST https://oauth2.googleapis.com/token 200
token url | token_uri=https://oauth2.googleapis.com/token
token refreshed | refreshed access token for order
auth failed | FATAL: password authentication failed for user "order"
auth failed, ssh | Failed password for invalid user admin from 10.0.0.4 port 22 ssh2
auth ok | authentication successful for order
auth method | auth_method=password auth=enabled
auth realm | WWW-Authenticate: Bearer realm="example"
auth scheme | expected Bearer scheme
auth missing | Authorization header missing
auth missing, colon | Authorization: required
basic | Basic auth is disabled
bearer missing | Bearer token was not provided
placeholder | password=*** retries=3
placeholder, redacted | password=[REDACTED] token=<redacted>
placeholder, template | password=${DB_PASSWORD} user=${DB_USER}
placeholder, angle | --password=<password> --user=<user>
placeholder, stars | postgres://app:****@db.internal/x
placeholder, x | api_key=xxxxxxxx
placeholder, helm | password: {{ .Values.password }}
placeholder, format | password=%s token=%v
placeholder, empty | password= user=x
placeholder, null | {"password":null,"token":""}
placeholder, bool | {"password":true,"has_token":false}
flags | use_password=false require_token: true password_reset=3
flags, dashes | --no-password --token-rotation=30d
rotation | secret_rotation_days=30 key_version=3
feature | flag enable_order_token_rotation=true
primary key | JSON {"primary_key": "order42", "sort_key": "a", "partition_key": "b"}
foreign key | violates foreign key constraint "orders_user_id_fkey"
duplicate key | duplicate key value violates unique constraint "users_email_key"
duplicate key detail | DETAIL: Key (order_id)=(4711) already exists.
cache key | cache miss key=order:42:v2
cache key, path | key=orders/2026/11/03.json
s3 key | Key=exports/2026/orders.csv Bucket=acme
redis key | GET session:order:42
routing | routing key=order.created exchange=events
keyboard | monkey=3 keyboard=us keyspace=orders
sort | sort_key=created_at order_by=id
idempotency | Idempotency-Key: §g replayed
dedup | dedup_key=order-42
public | publishable key loaded
bypass | bypass=true compass: north
passed | 12 passed, 3 failed
pass | PASS: All configuration requirements met
pass, test | PASS src/auth/token.test.js
passenger | passenger=5 passive: true pass-through
pin | pinned version=3 spinning=1
pan | panel=left expand=true
tan | standard=x tangent: 3
sid | sidebar=open side: left
code | status code=200 exit code: 137 error_code=E1042
code, zip | postal code: see docs
code, http | HTTP code 503 code=UNAVAILABLE
session | session started for order
session, count | sessions=12 session_count: 3
session, timeout | session_timeout=30m
cookie | cookie consent banner shown
cookie, same site | cookie attributes: SameSite=Lax; Secure
csrf | CSRF verification failed. Request aborted.
jwt | JWT expired 30 seconds ago
signature | signature verification failed
signature, method | function signature changed: refresh(user)
hash | hash=<H32> state=done
hash, bucket | hash bucket 12 of 256
state | state=RUNNING phase=done
policy | policy=allow-all access=granted
access | access log rotated, access=public
address | address already in use
address, email word | mail address is missing
phone | phone validation skipped
name | first name missing
name, module | name=order service=cart
name, host | hostname=order-abc.internal
url | https://order-abc.example.com/healthz?verbose=1
url, port | upstream http://order.internal:8080/x reset
url, user | git fetch ssh://git@github.com/acme/x.git
url, scp | git@github.com:acme/x.git
url, npm scope | @acme/order@1.2.3 resolved
url, twitter | @acme mentioned @bruno
decorator | wrapped by @app.route('/order')
at sign | 3 items @ 4.50
at host | root@order-abc:/srv# ls
at internal | mail to alerts@order.internal queued
java ref | TokenStore@1a2b3c4d
path | POST /order/cart?page=3&sort=desc 500
path, uuid | DELETE /v1/§g/§g 204
path, base64 id | GET /v1/orders/<A12> 200
query, id | ?id=<N12>&cursor=<N8>
page token word | nextPageToken absent
blk | Receiving block blk_-<N19> size 67108864
build id | BuildID[sha1]=<H40>
build, go | build id <U20>/<U20>
nix | /nix/store/<L32>-glibc-2.38
bazel | bazel-out/k8-fastbuild/bin/<H12>
npm integrity | "integrity": "sha512-<B86>=="
pnpm | /lodash/4.17.21
terraform | aws_secretsmanager_secret.order: Creating...
terraform key | aws_kms_key.order: Refreshing state... [id=§g]
ulid | order 01HZX<X21> shipped
ksuid | event 2<A26> stored
nanoid | link <A10> opened
snowflake | message <N18> deleted
objectid | _id: ObjectId("<H24>")
order | order ORD-2026-123456 shipped
order, number | order 4111111111111112 shipped
invoice | invoice INV-00012345 paid
sku | sku ABC-12345-XY in stock
isbn | ISBN 978-3-16-148410-0
tracking | tracking 1Z999AA10123456784
vin | VIN 1HGCM82633A004352
swift | BIC DEUTDEFF
coordinates | at 52.520008, 13.404954
colour | color=#ff00aa
mime | multipart/form-data; boundary=----WebKitFormBoundary<A16>
data url | data:image/png;base64,iVBORw0KGgo<B60>
base64 | build-id <B27>= loaded
protobuf | type.googleapis.com/google.cloud.audit.AuditLog
role | granted roles/secretmanager.secretAccessor on bucket
scope | scope=openid email profile
permission | secretmanager.versions.access denied
api | secretmanager.googleapis.com enabled
sql | SELECT password_hash FROM users WHERE id = $1
sql, alter | ALTER TABLE users ADD COLUMN password_hash text
sql, grant | GRANT SELECT ON tokens TO app
sql, where | WHERE token IS NULL AND secret IS NOT NULL
graphql | query { me { tokens { id } } }
k8s | Error: secret "order-db" is forbidden
k8s event | MountVolume.SetUp failed for volume "kube-api-access-<L5>"
k8s token | kube-api-access token projected
tls | TLS handshake error from 10.0.0.4:51234: EOF
tls, cipher | cipher=TLS_AES_256_GCM_SHA384 key exchange=X25519
ssh | Accepted publickey for deploy from 10.0.0.4 port 51234 ssh2
csv | id,password_changed,token_count
log level | [2025-09-16 00:42:53 +0000] [11] [ERROR] Reason: Worker failed to boot.
gunicorn | [11] [INFO] Booting worker with pid: 4711
aws id | i-0<H16> terminated
aws sg | sg-0<H16> attached
aws account | account 123456789012 region eu-west-1
gcp project | project acme-prod-<N6>
azure sub | /subscriptions/§g/resourceGroups/rg
azure tenant | tenant_id=§g client_id=§g
client id | client_id=<N12>-<L32>.apps.googleusercontent.com
sentry event | sentry event_id=<H32>
sentry release | release order@<H40>
sentry envelope | POST https://o1.ingest.sentry.io/api/4501/envelope/ 403
dns | _acme-challenge.example.com TXT
spf | v=spf1 include:_spf.google.com ~all
kafka | offset=123456789 partition=3 group=order
lock | lock token held by order-1
mutex | key lock acquired on order:42
parser | token='}' expected=';'
lexer | near token "SELECT" at line 3
tokenizer | tokenizer=bert-base-uncased vocab=30522
model | loading meta-llama/Llama-3-8B
secretary | secretary=anna secretion: 3
author | author=anna authored-by: bot
tokyo | region=tokyo
keynote | keynote=3 keys: 12
count keys | api_keys: 3 tokens: 12 secrets=4
passage | passage 12 of 40
password policy | password_policy=strict password_min_length=12
password age | password_age_days=90 last_password_change=2026-11-03
secret version | secret_version=7 secretVersion: 12
token source | token_source=metadata secret_store=vault credential_type=service_account
credentials file | GOOGLE_APPLICATION_CREDENTIALS=/var/secrets/key.json
credentials words | Could not load the default credentials
ssl mode | sslmode=require sslrootcert=/etc/ca.pem
author mail bot | Co-authored-by: dependabot[bot]
time range | 10:00-12:30 and 04:05:06
phone-like | +0100 and +20% and +1 more
phone-like, plus | 2026-11-03T04:05:06+01:00
ssn-like | 2026-11-03 123-456-7890
ssn-like, range | 100-20-3000x
card-like, ids | 4000000000000000 4111-1111
iban-like | GB00 is no account
"""


def cases(seed: int) -> Iterator[Case]:
    """Yield each, whole: nothing of it may change."""
    for kind, template in rows(KEPT):
        case = make("ordinary", kind, template, "", seed)
        yield case


def is_whole(case: Case, masked: object) -> bool:
    """Tell whether an ordinary text came back as it was."""
    return masked == case.body
