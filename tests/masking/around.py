"""Headers, cookies, URLs, connection strings, commands, key blocks: secrets that their surroundings give away."""

from collections.abc import Iterator
from typing import Final

from tests.masking.making import Case, make, rows

HEADERS: Final = """Authorization authorization AUTHORIZATION Proxy-Authorization X-Api-Key x-api-key X-Auth-Token X-Access-Token
X-Csrf-Token X-XSRF-TOKEN X-Vault-Token X-Amz-Security-Token X-Goog-Api-Key Ocp-Apim-Subscription-Key x-functions-key PRIVATE-TOKEN
Private-Token JOB-TOKEN X-GitHub-Token X-Gitlab-Token X-Shopify-Access-Token DD-API-KEY DD-APPLICATION-KEY X-Honeycomb-Team Api-Key
X-Auth-Key X-Figma-Token X-Consul-Token X-Nomad-Token X-Sentry-Token X-Postmark-Server-Token X-RapidAPI-Key
X-Parse-REST-API-Key X-Hasura-Admin-Secret X-Square-Access-Token apikey X-Session-Token X-Refresh-Token X-Id-Token X-User-Token
X-Client-Secret X-Amzn-Oidc-Data X-Amzn-Oidc-Accesstoken X-Goog-Iap-Jwt-Assertion X-MS-TOKEN-AAD-ACCESS-TOKEN X-Forwarded-Access-Token
X-Cloud-Trace-Secret X-Jwt-Assertion X-Plex-Token X-Registry-Auth X-Killbill-Apisecret X-Api-Secret X-Auth-Secret
Sec-WebSocket-Protocol-Token cf-access-token CF-Access-Client-Secret Fastly-Key X-Algolia-API-Key X-ApiToken Circle-Token
X-Buildkite-Token X-Line-Signature-Secret X-Twilio-Api-Secret X-TOKEN Token Auth-Token""".split()  # noqa: E501

FORMS: Final = """
plain | §K: §S
request | > §K: §S⏎«> Accept: */*»
curl | curl -H '§K: §S' «https://§h/»
curl, quoted | curl -H "§K: §S" «https://§h/»
dict | headers={'§K': '§S', «'Accept': '*/*'»}
json | {"headers":{"§K":"§S",«"Accept":"*/*"»}}
json list | {"headers":{"§K":["§S"],«"Accept":["*/*"]»}}
pair list | [["§K","§S"],«["accept","*/*"]»]
tuples of bytes | [(b'host', b'x'), (b'§K', b'§S')]
raw headers | rawHeaders: [ 'Host', 'x', '§K', '§S', «'Accept', '*/*'» ]
go | map[Accept:[*/*] §K:[§S] «User-Agent:[curl]»]
ruby | "§K" => "§S"
har | {"name": "§K", "value": "§S"}
java | [§K:"§S", «Accept:"*/*"»]
http2 | [§K: §S]
spring | [§K=[§S], «Accept=[*/*]»]
payload | JSON {"message": "x", "headers": {"§K": "§S"}}
payload pairs | JSON {"headers": [{"name": "§K", "value": "§S"}], "n": 3}
"""

SCHEMES: Final = """
bearer | Bearer §S | <U40>
bearer, lower | bearer §S | <U40>
basic | Basic §S | <A28>==
digest | Digest username="x", realm="r", nonce="n", uri="/", response="§S" | <H32>
token | token §S | <H40>
token, named | Token token="§S" | <H40>
api key | ApiKey §S | <A40>
api-key | Api-Key §S | <A40>
sws | SSWS §S | <U42>
geniekey | GenieKey §S | §g
splunk | Splunk §S | §g
negotiate | Negotiate §S | YII<B120>
ntlm | NTLM §S | TlRMTVNTUAAB<B60>
hawk | Hawk id="x", ts="1", nonce="n", mac="§S" | <B43>=
aws4 | AWS4-HMAC-SHA256 Credential=AKIA<T16>/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host, Signature=§S | <H64>
oauth1 | OAuth oauth_consumer_key="k", oauth_token="§S", oauth_version="1.0" | <A40>
shared key | SharedKey acct:§S | <B43>=
sas | SharedAccessSignature sr=x&sig=§S&se=1 | <A43>%3D
dpop | DPoP §S | <U80>
bot | Bot §S | <U60>
jwt | JWT §S | eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx<U40>.<U43>
googlelogin | GoogleLogin auth=§S | <U80>
pre-shared | PSK §S | <A40>
key | Key §S | <A40>
plain | §S | <A40>
zoho | Zoho-oauthtoken §S | 1000.<H32>.<H32>
vapid | vapid t=§S, k=<U87> | eyJhbGciOiJFUzI1NiJ9.<U80>.<U86>
signature | Signature keyId="x",algorithm="hmac-sha256",signature="§S" | <B43>=
"""

COOKIES: Final = """
cookie | Cookie: theme=dark; sessionid=§S; n=1
cookie, lower | cookie: sid=§S
set-cookie | Set-Cookie: session=§S; «Path=/; HttpOnly»
set-cookie, csrf | set-cookie: csrftoken=§S; «Max-Age=31449600; Path=/»
dict | {'cookie': 'a=b; connect.sid=s%3A§S', «'n': 3»}
list | "set-cookie":["auth=§S; Path=/"]
go | Cookie:[_session=§S]
jar | <RequestsCookieJar[<Cookie JSESSIONID=§S for §h/>]>
simple | session=§S; «Path=/»
php | PHPSESSID=§S
asp | ASP.NET_SessionId=§S
host prefix | __Host-session=§S; «Secure»
payload | JSON {"request": {"cookies": {"sessionid": "§S"}}}
payload list | JSON {"headers": {"set-cookie": ["sid=§S; Path=/"]}}
aws alb | AWSALB=§S; «Expires=x»
laravel | laravel_session=§S
wordpress | wordpress_logged_in_<H32>=admin%7C§S
oauth2 proxy | _oauth2_proxy=§S
next | next-auth.session-token=§S
django | sessionid=§S; csrftoken=<A32>
cloudflare | cf_clearance=§S
curl | curl -b 'session=§S' «https://§h/»
curl cookie | curl --cookie "sid=§S" «https://§h/»
"""

URLS: Final = """
postgres | postgres://app:§S@§h:5432/db
postgresql driver | postgresql+psycopg://app:§S@§h/db?«sslmode=require»
mysql | mysql://root:§S@§h:3306/db
mysql driver | mysql+pymysql://app:§S@§h/db
mariadb | mariadb://app:§S@§h/db
mssql | mssql+pyodbc://sa:§S@§h/db?«driver=x»
oracle | oracle+cx_oracle://app:§S@§h:1521/x
oracle thin | jdbc:oracle:thin:app/§S@//§h:1521/x
oracle plain | sqlplus app/§S@§h:1521/x
redis | redis://:§S@§h:6379/0
redis, user | rediss://default:§S@§h:6380
mongodb | mongodb://app:§S@§h:27017,b:27017/db?«replicaSet=r»
mongodb srv | mongodb+srv://app:§S@§h/db
amqp | amqps://app:§S@§h/vhost
kafka jaas | org.apache.kafka.common.security.plain.PlainLoginModule required username="x" password="§S";
kafka scram | ScramLoginModule required username='x' password='§S';
sasl | sasl.jaas.config=x.PlainLoginModule required username="u" password="§S";
nats | nats://app:§S@§h:4222
nats token | nats://§S@§h:4222 | <A32>
mqtt | mqtt://app:§S@§h:1883
elasticsearch | https://elastic:§S@§h:9200
clickhouse | clickhouse://default:§S@§h:9440/db
snowflake | snowflake://app:§S@acme/db?«warehouse=w»
bigquery proxy | http://app:§S@§h:3128
ftp | ftp://app:§S@§h/x
sftp | sftp://app:§S@§h/x
smtp | smtp://mailer:§S@§h:587
smtp, at sign | smtp://mailer%40acme.example:§S@§h:587
ldap | ldap://cn=admin:§S@§h
imap | imaps://app:§S@§h
git | https://x-access-token:§S@github.com/acme/x.git
git, user only | https://§S@github.com/acme/x.git | <A40>
git oauth | https://oauth2:§S@gitlab.com/acme/x.git
pip | pip install --index-url https://app:§S@§h/simple «x»
npm | //registry.example.com/:_authToken=§S
npm old | _auth=§S
http query | http://§h/x?api_key=§S&«n=3»
s3 | s3://AKIA<T16>:§S@bucket/x | <B40>
go mysql | app:§S@tcp(§h:3306)/db?«parseTime=true»
go mysql unix | app:§S@unix(/var/run/mysql.sock)/db
libpq | host=§h user=app password=§S «dbname=x»
libpq, quoted | host=§h password='§S' «dbname=x»
ado | Server=§h;Database=x;User Id=sa;Password=§S;«Encrypt=true»
ado pwd | Data Source=§h;Uid=sa;Pwd=§S;«Timeout=30»
odbc | Driver={ODBC};Server=§h;UID=sa;PWD={§S};«Encrypt=yes»
jdbc | jdbc:postgresql://§h/db?user=app&password=§S&«ssl=true»
jdbc sqlserver | jdbc:sqlserver://§h;user=sa;password=§S;«encrypt=true»
jdbc mysql | jdbc:mysql://§h/db?user=a&password=§S
azure storage | DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=§S;«EndpointSuffix=core.windows.net» | <B86>==
azure service bus | Endpoint=sb://§h/;SharedAccessKeyName=Root;SharedAccessKey=§S | <B43>=
azure cosmos | AccountEndpoint=https://§h:443/;AccountKey=§S; | <B86>==
azure iot | HostName=§h;DeviceId=d;SharedAccessKey=§S | <B43>=
azure redis | §h:6380,password=§S,«ssl=True»
azure sas | https://acme.blob.core.windows.net/c/f?sv=2024-08-04&«sp=rw»&sig=§S | <A40>%3D
azure app insights | InstrumentationKey=§S;IngestionEndpoint=https://§h/ | §g
azure signalr | Endpoint=https://§h;AccessKey=§S;«Version=1.0;» | <B43>=
aws presigned | https://b.s3.amazonaws.com/x?«X-Amz-Expires=3600»&X-Amz-Signature=§S | <H64>
aws presigned token | https://b.s3.amazonaws.com/x?X-Amz-Security-Token=§S&«X-Amz-Expires=60» | <A200>
aws old presigned | https://b.s3.amazonaws.com/x?AWSAccessKeyId=AKIA<T16>&Expires=1&Signature=§S | <A27>%3D
cloudfront | https://d1.cloudfront.net/x?Expires=1&Signature=§S&Key-Pair-Id=K1 | <U300>
gcs signed | https://storage.googleapis.com/b/x?«X-Goog-Expires=60»&X-Goog-Signature=§S | <H512>
oauth callback | GET /cb?code=§S&«state=x» | <U40>
oauth implicit | /cb#access_token=§S&«token_type=bearer» | <U60>
magic link | https://§h/login?token=§S | <U40>
reset link | https://§h/reset-password/§S | <U40>
reset link, named | https://§h/password/reset/§S | <A40>
confirm link | https://§h/users/confirmation?confirmation_token=§S | <U20>
unsubscribe | https://§h/unsubscribe?hash=§S | <H40>
saml | SAMLResponse=§S&«RelayState=x» | PHNhbWxw<B400>
websocket | wss://§h/socket?token=§S&«vsn=2.0» | <U60>
rabbit | Connecting to amqp://guest:§S@§h
celery | broker_url = 'redis://:§S@§h:6379/1'
dsn in quotes | dsn="user:§S@§h/db" | §p
url in json | {"url":"postgres:\\/\\/app:§S@§h\\/db"}
"""

COMMANDS: Final = """
curl user | curl -u app:§S «https://§h/»
curl user, long | curl --user app:§S «https://§h/»
curl user, quoted | curl -sS -u "app:§S" «https://§h/»
wget | wget --user=x --password=§S «https://§h/»
http basic | http -a app:§S «§h»
mysql | mysql -u root -p§S «db»
mysqldump | mysqldump --password=§S «db»
pg | PGPASSWORD=§S «psql -h §h»
redis | redis-cli -a §S «ping»
mongo | mongosh -u app -p §S «db»
sshpass | sshpass -p §S «ssh §h»
docker login | docker login -u app -p §S «§h»
ldap | ldapsearch -x -w §S «-b dc=x»
openssl | openssl enc -aes-256-cbc -k §S «-in x»
openssl pass | openssl rsa -passin pass:§S «-in x»
gpg | gpg --passphrase §S «--batch»
zip | zip -P §S «x.zip»
seven zip | 7z a -p§S «x.7z»
smbclient | smbclient //h/x -U app%§S
net use | net use x: \\\\h\\x /user:app §S
rsync | RSYNC_PASSWORD=§S «rsync x»
htpasswd | htpasswd -b /etc/x app §S
chpasswd | echo "app:§S" | chpasswd
az login | az login --service-principal -u x -p §S «--tenant t»
aws configure | aws configure set aws_secret_access_key §S | <B40>
gcloud | --access-token=§S «--quiet» | <U80>
kubectl secret | kubectl create secret generic x --from-literal=password=§S «-n p»
vault | vault login §S | <A26>
vault kv | vault kv put secret/x password=§S «ttl=1h»
npm | npm config set //r/:_authToken §S | <A36>
git config | git -c http.extraheader="AUTHORIZATION: bearer §S" «clone x» | <A40>
sql create | CREATE USER app WITH PASSWORD '§S' «LOGIN»
sql alter | ALTER USER app PASSWORD '§S'
sql identified | CREATE USER app IDENTIFIED BY '§S'
sql identified with | ALTER USER 'app'@'%' IDENTIFIED WITH mysql_native_password BY '§S'
sql set | SET PASSWORD FOR 'app'@'h' = PASSWORD('§S')
sql insert | INSERT INTO users (name, password) VALUES ('x', '§S')
sql params | INSERT INTO users (password) VALUES ($1) [parameters: {'password': '§S'}]
redis auth | AUTH §S
redis auth, user | AUTH default §S
redis monitor | "AUTH" "§S"
redis requirepass | requirepass §S
smtp auth | AUTH PLAIN §S | AGFwcAB<A24>=
smtp auth login | AUTH LOGIN §S | <A20>=
ftp pass | PASS §S
imap login | a1 LOGIN app §S
irc | NICKSERV IDENTIFY §S
netrc | machine §h login app password §S
pgpass | §h:5432:db:app:§S
shadow | app:$6$<A16>$§S:19000:0:99999:7::: | <A86>
pydantic | 1 validation error for Login⏎password⏎  String too long [type=string_too_long, input_value='§S', input_type=str]
pydantic, aliased | 1 validation error for Login⏎body.api_key⏎  bad [type=x, input_value='§S', input_type=str]
docker config | {"auths":{"§h":{"auth":"§S"}}} | <A36>==
docker config, pretty | "auths": {⏎ "§h": {⏎  "auth": "§S"⏎} | <A36>==
k8s secret | kind: Secret⏎data:⏎  password: §S | <A28>==
k8s secret, payload | JSON {"kind": "Secret", "data": {"db.conf": "§S"}} | <A28>==
wireguard | PrivateKey = §S | <B43>=
jwk | {"kty":"EC","crv":"P-256","x":"a","d":"§S"} | <U43>
ssh agent | Enter passphrase for key: §S
ansible | ansible_become_pass=§S «ansible_user=x»
ansible, vault | $ANSIBLE_VAULT;1.1;AES256⏎§S | <H80>
terraform diff | ~ password = "§S" -> (known after apply)
gradle | signing.password=§S
maven | <server><id>x</id><password>§S</password></server>
rails credentials | secret_key_base: §S | <H128>
django | SECRET_KEY = 'django-insecure-§S' | <A50>
laravel | APP_KEY=base64:§S | <B43>=
spring banner | Using generated security password: §S | §g
jenkins | Please use the following password to proceed: §S | <H32>
grafana | admin password: §S
elastic | Password for the elastic user (reset with x):⏎  §S
gitlab root | Initial root password: §S
minio | RootPass: §S
jupyter | http://localhost:8888/lab?token=§S | <H48>
otp | your one-time code is §S | <N6>
otp, sms | Your verification code: §S | <N6>
pin | pin=§S ok | <N4>
cvv | cvv: §S | <N3>
mnemonic | mnemonic="abandon ability able about above absent absorb abstract absurd abuse access §S" | accident
ethereum | private_key=0x§S | <H64>
"""

BLOCKS: Final = """
rsa | «key »-----BEGIN RSA PRIVATE KEY-----⏎§S⏎<B64>⏎<B20>==⏎-----END RSA PRIVATE KEY-----
pkcs8 | -----BEGIN PRIVATE KEY-----⏎<B64>⏎§S⏎-----END PRIVATE KEY-----⏎«done»
ec | -----BEGIN EC PRIVATE KEY-----⏎§S⏎-----END EC PRIVATE KEY-----
dsa | -----BEGIN DSA PRIVATE KEY-----⏎§S⏎-----END DSA PRIVATE KEY-----
openssh | -----BEGIN OPENSSH PRIVATE KEY-----⏎<B64>⏎§S⏎-----END OPENSSH PRIVATE KEY-----
encrypted | -----BEGIN ENCRYPTED PRIVATE KEY-----⏎§S⏎-----END ENCRYPTED PRIVATE KEY-----
with head | -----BEGIN RSA PRIVATE KEY-----⏎Proc-Type: 4,ENCRYPTED⏎DEK-Info: AES-256-CBC,<X32>⏎⏎§S⏎-----END RSA PRIVATE KEY-----
pgp | -----BEGIN PGP PRIVATE KEY BLOCK-----⏎⏎§S⏎=<B4>⏎-----END PGP PRIVATE KEY BLOCK-----
ssh2 | ---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----⏎§S⏎---- END SSH2 ENCRYPTED PRIVATE KEY ----
one line | -----BEGIN PRIVATE KEY-----\\n§S\\n<B64>\\n-----END PRIVATE KEY-----\\n
one line, deep | {\\"private_key\\": \\"-----BEGIN PRIVATE KEY-----\\\\n§S\\\\n-----END PRIVATE KEY-----\\\\n\\"}
one line, windows | -----BEGIN PRIVATE KEY-----\\r\\n§S\\r\\n-----END PRIVATE KEY-----
blanks | -----BEGIN PRIVATE KEY----- §S <B64> -----END PRIVATE KEY-----
no line ends | -----BEGIN PRIVATE KEY-----§S-----END PRIVATE KEY-----
indented | key: |⏎  -----BEGIN PRIVATE KEY-----⏎  §S⏎  <B64>⏎  -----END PRIVATE KEY-----⏎«n: 3»
cut | -----BEGIN RSA PRIVATE KEY-----⏎§S⏎<B64>⏎<B30>
cut, one line | "-----BEGIN RSA PRIVATE KEY-----\\n§S\\n<B64>
percent | key=-----BEGIN%20PRIVATE%20KEY-----%0A§S%0A-----END%20PRIVATE%20KEY-----
plus | key=-----BEGIN+PRIVATE+KEY-----%0A§S%0A-----END+PRIVATE+KEY-----
prefixed lines | > -----BEGIN PRIVATE KEY-----⏎> §S⏎> <B64>⏎> -----END PRIVATE KEY-----
payload | JSON {"key": "-----BEGIN PRIVATE KEY-----\\n§S\\n-----END PRIVATE KEY-----\\n"}
payload lines | JSON {"lines": ["-----BEGIN PRIVATE KEY-----", "§S", "<B64>", "-----END PRIVATE KEY-----"]}
putty | PuTTY-User-Key-File-3: ssh-ed25519⏎Private-Lines: 1⏎§S⏎Private-MAC: <H64>
certificate and key | -----BEGIN CERTIFICATE-----⏎<B64>⏎-----END CERTIFICATE-----⏎-----BEGIN PRIVATE KEY-----⏎§S⏎-----END PRIVATE KEY-----
"""  # noqa: E501


def cases(seed: int) -> Iterator[Case]:
    """Yield all of them."""
    for number, header in enumerate(HEADERS):
        for kind, template in rows(FORMS):
            yield make("headers", f"{header}, {kind}", template, "<A32>" if number % 2 else "<U40>", seed, header)
    for kind, rest in rows(SCHEMES):
        value, _, secret = rest.rpartition(" | ")
        for number, around in enumerate(
            (
                "Authorization: {}",
                "authorization: {}⏎«accept: */*»",
                "{'Authorization': '{}', «'n': 3»}",
                'JSON {"headers": {"authorization": "{}"}}',
                "curl -H 'Authorization: {}' «https://x/»",
            )
        ):
            value_here = value.replace('"', '\\"') if number == 3 else value
            yield make("schemes", f"{kind}, {number}", around.replace("{}", value_here, 1).replace("⏎", "\n"), secret, seed)
    for family, table in (("cookies", COOKIES), ("urls", URLS), ("commands", COMMANDS), ("blocks", BLOCKS)):
        usual = {"cookies": "<A32>", "urls": "§p", "commands": "§p", "blocks": "<B64>"}[family]
        for kind, rest in rows(table):
            template, bar, secret = rest.rpartition(" | ")
            if not bar or "§S" in secret or not ("<" in secret or "§" in secret or secret == "accident"):
                template, secret = rest, usual
            if family == "urls" and secret == "§p":
                secret = "<A14>"
            yield make(family, kind, template, secret, seed)
