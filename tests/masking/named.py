"""Values that a name announces, in the notation of every language, tool and format that writes logs."""

from collections.abc import Iterator
from typing import Final

from tests.masking.making import Case, make, rows

NAMES: Final = """password passwd pwd pass passphrase db_password DB_PASSWORD dbPassword DbPassword database-password user_password
userPassword spring.datasource.password smtp.password PGPASSWORD MYSQL_ROOT_PASSWORD REDIS_PASSWORD admin_pass new_password
password_confirmation passwordHash keystorePassword proxy_password root-password wifi_password sudo_pass
secret client_secret clientSecret CLIENT_SECRET app_secret consumerSecret webhook_secret JWT_SECRET secret_key SECRET_KEY
SECRET_KEY_BASE secretKey APP_KEY shared_secret signingSecret cookie_secret session_secret totp_secret hmac_secret client-secret
token access_token accessToken ACCESS_TOKEN refresh_token refreshToken id_token idToken auth_token authToken bearer_token api_token
apiToken csrf_token xsrf_token session_token SENTRY_AUTH_TOKEN GH_TOKEN GITHUB_TOKEN SLACK_BOT_TOKEN NPM_TOKEN VAULT_TOKEN
personal_access_token deploy_token registration_token device_token push_token reset_token invite_token verification_token
bot_token service_token security_token sas_token
api_key apikey apiKey ApiKey API_KEY api-key X_API_KEY STRIPE_API_KEY OPENAI_API_KEY DD_API_KEY private_key privateKey PRIVATE_KEY
access_key accessKey secret_access_key AWS_SECRET_ACCESS_KEY secretAccessKey account_key AccountKey storage_key
encryption_key encryptionKey signing_key signingKey master_key license_key licenseKey subscription_key sharedAccessKey
application_key app_key auth_key authKey service_key ssh_key deploy_key integration_key ingest_key write_key
credential credentials db_credentials creds jwt auth_cookie sessionId session_id JSESSIONID PHPSESSID connect.sid
basic_auth http_auth authSecret connection_string mnemonic seed_phrase recovery_code backup_code
kennwort passwort contrasena senha mot_de_passe wachtwoord heslo salasana adgangskode""".split()  # noqa: E501

NOTATIONS: Final = """
shell | starting §w «»§K=§S «retries=3»
shell, quoted | §K="§S" «retries=3»
shell, single quotes | §K='§S' «retries=3»
export | export §K=§S⏎«export LANG=C»
declare | declare -x §K="§S"⏎«declare -x LANG="C"»
fish | set -gx §K §S
powershell | $env:§K = "§S"; «Get-Item x»
windows | SET §K=§S
dockerfile | ENV §K=§S «LANG=C»
docker flag | docker run -e §K=§S «-p 80:80» app
docker build | --build-arg §K=§S «--pull»
logfmt | level=info msg="call" §K=§S «retries=3»
logfmt, quoted | level=info §K="§S" «retries=3»
colon | §K: §S
colon, no blank | §K:§S
yaml | config:⏎  user: x⏎  §K: §S⏎  «retries: 3»
yaml, quoted | config:⏎  §K: "§S"⏎  «retries: 3»
yaml, list | - §K: §S⏎- «retries: 3»
yaml, flow | {user: x, §K: §S, «retries: 3»}
toml | §K = "§S"⏎«retries = 3»
ini | [db]⏎§K = §S⏎«retries = 3»
properties | §K=§S⏎«retries=3»
json | {"user":"x","§K":"§S",«"retries":3»}
json, spaced | { "§K" : "§S" , «"retries" : 3» }
json, pretty | {⏎  "§K": "§S",⏎  «"retries": 3»⏎}
json, array | {"§K":["§S"],«"n":3»}
json5 | {user: 'x', §K: '§S', «n: 3»}
json in json | {"body":"{\\"§K\\":\\"§S\\",«\\"n\\":3»}"}
json in json in json | {"a":"{\\"b\\":\\"{\\\\\\"§K\\\\\\":\\\\\\"§S\\\\\\",«\\\\\\"n\\\\\\":3»}\\"}"}
json, unicode escapes | {\\u0022§K\\u0022:\\u0022§S\\u0022}
json, entities | {&quot;§K&quot;:&quot;§S&quot;,&quot;n&quot;:«3»}
python dict | {'user': 'x', '§K': '§S', «'n': 3»}
python bytes | {b'§K': b'§S', «b'n': 3»}
python kwargs | connect(user='x', §K='§S', «n=3»)
python tuple | [('user', 'x'), ('§K', '§S'), «('n', 3)»]
python tuple of bytes | [(b'§K', b'§S'), «(b'n', b'3')»]
python f-string | §K='§S' «n=3»
python SecretStr that leaks | Settings(§K=SecretStr('§S'), «n=3»)
ruby hash | {"user"=>"x", "§K"=>"§S", «:n=>3»}
ruby symbols | {:user=>"x", :§K=>"§S", «:n=>3»}
ruby new hash | {user: "x", §K: "§S", «n: 3»}
ruby inspect | #<User id: 1, §K: "§S", «n: 3»>
rails parameters | Parameters: {"user"=>{"name"=>"x", "§K"=>"[FILTERED]"}, "§K"=>"§S", «"n"=>"3"»}
php array | array('user' => 'x', '§K' => '§S', «'n' => 3»)
php print_r | Array⏎(⏎    [§K] => §S⏎    «[n] => 3»⏎)
php var_dump | array(2) {⏎  ["§K"]=>⏎  string(20) "§S"⏎  «["n"]=>»⏎  int(3)⏎}
php serialized | a:2:{s:8:"§K";s:20:"§S";«s:1:"n";i:3;»}
go struct | &{User:app §K:§S «Retries:3»}
go sharp struct | main.Config{User:"app", §K:"§S", «Retries:3»}
go map | map[§K:§S «user:app»]
go map of strings | map[string]string{"§K":"§S", «"user":"app"»}
go slog | level=INFO msg=x §K=§S «n=3»
rust debug | Config { user: "app", §K: "§S", «retries: 3» }
rust some | Config { §K: Some("§S"), «retries: 3» }
java toString | Config{user='app', §K='§S', «retries=3»}
java record | Config[user=app, §K=§S, «retries=3»]
java map | {user=app, §K=§S, «retries=3»}
java flag | -D§K=§S «-Xmx512m»
lombok | Config(user=app, §K=§S, «retries=3»)
kotlin | Config(§K=§S, «n=3»)
scala | Config(§K -> §S, «n -> 3»)
clojure | {:user "app", :§K "§S", «:n 3»}
elixir | %{user: "app", §K: "§S", «n: 3»}
elixir strings | %{"§K" => "§S", «"n" => 3»}
erlang | {<<"§K">>,<<"§S">>}
swift | ["§K": "§S", «"n": "3"»]
csharp | Config { User = app, §K = §S, «Retries = 3» }
javascript | { user: 'x', §K: '§S', «n: 3» }
javascript template | { §K: `§S`, «n: 3» }
perl | '§K' => '§S', «'n' => 3»
lua | {["§K"] = "§S", «["n"] = 3»}
lisp | (:§K "§S" «:n 3»)
terraform | §K = "§S"⏎«n = 3»
hcl | variable "§K" { default = "§S" }
sql set | UPDATE users SET §K = '§S' WHERE «id = 3»
sql where | SELECT * FROM t WHERE §K='§S' AND «id = 3»
xml | <cfg><user>x</user><§K>§S</§K>«<n>3</n>»</cfg>
xml attribute | <cfg user="x" §K="§S" «n="3"»/>
xml, key and value | <add key="§K" value="§S"/>
xml, name and value | <property name="§K" value="§S"/>
xml, name and text | <property name="§K">§S</property>
xml, cdata | <§K><![CDATA[§S]]></§K>
html input | <input type="hidden" name="§K" value="§S">
plist | <key>§K</key><string>§S</string>
query | GET /v1/§w?page=2&§K=§S&«limit=5» 200
query, first | GET /v1/§w?§K=§S&«limit=5» 200
form | body: user=x&§K=§S&«n=3»
fragment | https://§h/cb#§K=§S&«state=x»
percent | redirect=https%3A%2F%2F§h%2Fcb%3F§K%3D§S%26n%3D«1»
percent twice | u=https%253A%252F%252F§h%253F§K%253D§S%2526n%253D1
percent json | q=%7B%22§K%22%3A%22§S%22%2C%22n%22%3A3%7D
matrix | /v1/§w;§K=§S;«n=3»
rails nested | user[§K]=§S&«user[n]=3»
multipart | Content-Disposition: form-data; name="§K"⏎⏎§S⏎--x
flag | run --§K §S «--verbose»
flag, equals | run --§K=§S «--verbose»
flag, quoted | run --§K "§S" «--verbose»
flag, single dash | run -§K §S «-verbose»
windows flag | run /§K:§S «/verbose»
argv | ['run', '--§K', '§S', «'--verbose'»]
argv, equals | ["run","--§K=§S",«"--verbose"»]
semicolons | Server=x;User=app;§K=§S;«Timeout=30»
pipes | user=x|§K=§S|«n=3»
tabs | user	x⏎§K	§S⏎
bars | §K | §S
arrow | §K -> §S
assigned | §K := "§S"
double equals | if §K == "§S"
brackets | [§K=§S] «started»
parentheses | (§K: §S) «started»
angle | <§K=§S>
backticks | `§K`: `§S`
quotes and colon | "§K": §S, «"n": 3»
diff | +§K: §S⏎«-retries: 3»
changed | §K changed from "§S" to "x"
is | the §K is §S
prose | using §K '§S' for login
prose with for | §K for §u: §S
got | invalid §K: "§S"
got in brackets | invalid §K [§S<A6>]
colours | \x1b[36m§K\x1b[0m=\x1b[35m§S\x1b[0m n=3
syslog | [x@1 user="a" §K="§S" «n="3"»]
cef | CEF:0|a|b|1|x|y|3|suser=a §K=§S «cnt=3»
gelf | _§K=§S «_n=3»
env in list | Env=[LANG=C §K=§S «PATH=/bin»]
env in json list | "Env":["LANG=C","§K=§S",«"PATH=/bin"»]
kubernetes env | - name: §K⏎  value: §S⏎- name: LANG⏎  «value: C»
kubernetes env, quoted | - name: §K⏎  value: "§S"⏎
helm | --set §w.§K=§S «--wait»
kubectl | --from-literal=§K=§S «-n prod»
tfvars | -var '§K=§S' «-auto-approve»
graphql | mutation { login(user: "x", §K: "§S") { id } }
protobuf text | user: "x" §K: "§S" «n: 3»
thrift | Login(user:x, §K:§S, «n:3»)
avro | {"§K": {"string": "§S"}, «"n": {"int": 3}»}
json ld typed | {"§K":{"value":"§S"},«"n":3»}
otel attributes | Attributes: -> §K: Str(§S) «-> n: Int(3)»
python repr with escapes | '{"§K": "§S", «"n": 3»}'
"""

FULL: Final = ("password", "apiKey", "client_secret", "ACCESS_TOKEN", "db-password", "AWS_SECRET_ACCESS_KEY")


def cases(seed: int) -> Iterator[Case]:
    """Yield a few names in every notation, and every name in the common ones."""
    notations = list(rows(NOTATIONS))
    for number, (kind, template) in enumerate(notations):
        for key in FULL:
            yield make("notations", kind, template, "§p" if number % 2 else "<A32>", seed, key)
    common = {"shell", "json", "colon", "logfmt, quoted", "python dict", "query", "go map", "yaml", "json in json"}
    for kind, template in notations:
        if kind in common:
            for number, key in enumerate(NAMES):
                yield make("names", key, template, "<A24>" if number % 2 else "§p", seed, key)
