"""Tokens that tell what they are, whatever stands around them."""

from collections.abc import Iterator
from typing import Final

from tests.masking.making import Case, make, rows

# Kind | how it is made. Sorted by what issues them.
TOKENS: Final = r"""
aws access key | AKIA<T16>
aws temporary key | ASIA<T16>
aws bedrock | ABSK<B128>
aws old session token | FQoGZXIvYXdz<B200>
aws session token | IQoJb3JpZ2luX2Vj<B240>
aws appsync | da2-<L26>
aws mws | amzn.mws.§g
google api key | AIza<U35>
google oauth access | ya29.a0<U120>
google oauth refresh | 1//0g<U60>
google oauth code | 4/0A<U60>
google client secret | GOCSPX-<U28>
google workload | ya29.d.<U200>
azure client secret | <A3>8Q~<A34>
azure devops | <A76>AZDO<A4>
azure storage in new form | <A76>+ASt<B6>==
azure openai in new form | <A52>JQQJ99BCACYeBjFXJ3w3AAAB<A8>
azure functions | <A44>AzFu<A8>
azure search | <A42>AzSe<A6>
azure container registry | <A42>+ACR<A6>
azure cosmos | <A76>ACDb<A6>==
digitalocean personal | dop_v1_<H64>
digitalocean oauth | doo_v1_<H64>
digitalocean refresh | dor_v1_<H64>
digitalocean spaces | DO00<X16>
alibaba | LTAI<A20>
tencent | AKID<A32>
yandex cloud | AQVN<U36>
yandex iam | t1.9euel<U160>.<U86>
yandex oauth | y0_<U55>
scaleway | SCW<X17>
hetzner-like fashion | hcloud_token_<A40>
fly | FlyV1 fm2_<B180>
fly old | fo1_<U43>
heroku | HRKU-<U36>
render | rnd_<A28>
vercel | vcp_<A40>
netlify | nfp_<A36>
cloudflare origin | v1.0-<H24>-<H146>
cloudflare user token | cfut_<A40>
cloudflare account token | cfat_<A40>
railway-like | railway_token_<A32>
supabase personal | sbp_<H40>
supabase secret | sb_secret_<U31>
planetscale password | pscale_pw_<U43>
planetscale token | pscale_tkn_<U43>
neon password | npg_<A12>
neon api | napi_<L64>
databricks | dapi<H32>
databricks with cluster | dapi<H32>-3
databricks oauth secret | dose<H32>
mongodb atlas | mdb_sa_sk_<U40>
elastic cloud | essu_<B60>
confluent | cflt<B60>
pinecone | pcsk_<A5>_<A60>
github personal | ghp_<A36>
github fine | github_pat_<A22>_<A59>
github oauth | gho_<A36>
github user to server | ghu_<A36>
github app | ghs_<A36>
github refresh | ghr_<A76>
gitlab personal | glpat-<U20>
gitlab personal, routable | glpat-<U27>.01.<L9>
gitlab deploy | gldt-<U20>
gitlab trigger | glptt-<H40>
gitlab runner | glrt-<U20>
gitlab job | glcbt-64_<U20>
gitlab feed | glft-<U20>
gitlab oauth app secret | gloas-<H64>
gitlab scim | glsoat-<U20>
gitlab agent | glagent-<U50>
gitlab old runner | GR1348941<U20>
bitbucket app password | ATBB<A32>
bitbucket repository token | ATCTT3xFfGN0<U170>=<X8>
buildkite | bkua_<H40>
circleci | CCIPAT_<A22>_<H40>
sonarqube | sqp_<H40>
sonarqube user | squ_<H40>
snyk | snyk_uat.<H8>.<A60>
npm | npm_<A36>
pypi | pypi-AgEIcHlwaS5vcmc<U120>
rubygems | rubygems_<H48>
crates.io | cio<A32>
nuget | oy2<L43>
packagist | packagist_uut_<H68>
clojars | CLOJARS_<L60>
docker hub | dckr_pat_<U27>
docker organisation | dckr_oat_<U32>
artifactory | AKCp8<A68>
artifactory reference | cmVmdGtuOjAxOj<A50>
terraform cloud | <A14>.atlasv1.<A67>
pulumi | pul-<H40>
vault service | hvs.<U95>
vault batch | hvb.<U140>
vault old | s.<A24>
doppler | dp.pt.<A43>
doppler service | dp.st.prd.<A43>
onepassword service | ops_eyJ<U200>
onepassword secret key | A3-<X6>-<X6>-<X5>-<X5>-<X5>
infisical | st.<H24>.<H32>.<H32>
bitwarden | 0.§g.<A30>:<B22>==
slack bot | xoxb-<N12>-<N12>-<A24>
slack user | xoxp-<N12>-<N12>-<N12>-<H32>
slack configuration | xoxe.xoxp-1-<A160>
slack refresh | xoxe-1-<A140>
slack browser | xoxc-<N12>-<N12>-<N12>-<H64>
slack app | xapp-1-A<X10>-<N13>-<H64>
slack workflow | xwfp-<N12>-<A40>
slack webhook | https://hooks.slack.com/services/T<X10>/B<X10>/<A24>
slack workflow webhook | https://hooks.slack.com/workflows/T<X10>/A<X10>/<N18>/<A24>
discord webhook | https://discord.com/api/webhooks/<N18>/<U68>
discord bot | MTA<A23>.<U6>.<U38>
telegram | <N10>:AA<U33>
teams webhook | https://acme.webhook.office.com/webhookb2/§g@§g/IncomingWebhook/<H32>/§g
google chat webhook | https://chat.googleapis.com/v1/spaces/AAAA<A7>/messages?key=AIza<U35>&token=<U43>
zapier webhook | https://hooks.zapier.com/hooks/catch/<N7>/<L7>
make webhook | https://hook.eu1.make.com/<L32>
mattermost webhook | https://chat.example.com/hooks/<L26>
ifttt webhook | https://maker.ifttt.com/trigger/failed/with/key/<U43>
pagerduty in url | https://events.pagerduty.com/integration/<H32>/enqueue
dingtalk webhook | https://oapi.dingtalk.com/robot/send?access_token=<H64>
feishu webhook | https://open.feishu.cn/open-apis/bot/v2/hook/§g
wecom webhook | https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=§g
power automate webhook | https://prod-12.westeurope.logic.azure.com:443/workflows/<H32>/triggers/manual/paths/invoke?api-version=2016-10-01&sig=<U43>
healthchecks ping | https://hc-ping.com/§g
stripe live | sk_live_<A99>
stripe test | sk_test_<A24>
stripe restricted | rk_live_<A40>
stripe webhook | whsec_<A32>
svix webhook | whsec_<B32>
square access | EAAA<U60>
square application | sq0csp-<U43>
square old | sq0atp-<U22>
braintree | access_token$production$<L16>$<H32>
razorpay | rzp_live_<A14>
plaid | access-production-§g
flutterwave | FLWSECK-<H32>-X
mollie | live_<A30>
gocardless | live_<U40>
adyen | AQE<A60>.<B40>
easypost | EZAK<A54>
lob | live_<H35>
shopify | shpat_<H32>
shopify shared | shpss_<H32>
sendgrid | SG.<U22>.<U43>
mailgun | key-<H32>
mailgun in new form | <H32>-<H8>-<H8>
mailchimp | <H32>-us12
brevo | xkeysib-<H64>-<A16>
resend | re_<A8>_<A24>
mandrill | md-<U22>
postman | PMAK-<H24>-<H34>
openai old | sk-<A20>T3BlbkFJ<A20>
openai project | sk-proj-<U74>T3BlbkFJ<U74>
openai service account | sk-svcacct-<U74>T3BlbkFJ<U74>
anthropic | sk-ant-api03-<U93>AA
anthropic admin | sk-ant-admin01-<U93>AA
anthropic oauth | sk-ant-oat01-<U93>AA
openrouter | sk-or-v1-<H64>
deepseek | sk-<H32>
groq | gsk_<A52>
xai | xai-<A80>
hugging face | hf_<A34>
hugging face organisation | api_org_<A34>
replicate | r8_<A37>
perplexity | pplx-<A48>
together | tgp_v1_<U43>
fireworks | fw_<A24>
cerebras | csk-<L48>
elevenlabs | sk_<H48>
langsmith | lsv2_pt_<H32>_<H10>
langfuse | sk-lf-§g
nvidia | nvapi-<U64>
tavily | tvly-dev-<A32>
firecrawl | fc-<H32>
jina | jina_<H32><A28>
e2b | e2b_<H40>
runpod | rpa_<X30><A12>
llamacloud | llx-<A48>
weights and biases in new form | wandb_v1_<A60>
sentry organisation | sntrys_eyJ<B90>_<B43>
sentry user | sntryu_<H64>
sentry dsn | https://<H32>@o123456.ingest.sentry.io/4501
new relic user | NRAK-<X27>
new relic browser | NRJS-<H19>
new relic licence | <H36>NRAL
honeycomb | hcaik_<L58>
grafana service | glsa_<A32>_<H8>
grafana cloud | glc_eyJ<B100>
grafana api key | eyJrIjoi<A60>
dynatrace | dt0c01.<X24>.<X64>
axiom | xaat-§g
posthog personal | phx_<A43>
posthog project | phc_<A43>
launchdarkly | sdk-§g
launchdarkly api | api-§g
figma | figd_<U40>
notion | ntn_<A46>
notion old | secret_<A43>
airtable | pat<A14>.<H64>
asana | 1/<N16>:<H32>
asana in new form | 2/<N16>/<N16>:<H32>
linear | lin_api_<A40>
atlassian | ATATT3xFfGF0<U170>=<X8>
trello | ATTA<H64>
clickup | pk_<N8>_<X32>
hubspot | pat-na1-§g
typeform | tfp_<U40>_<A14>
contentful | CFPAT-<U43>
mapbox secret | sk.eyJ<U80>.<U22>
facebook | EAA<A120>
twitter bearer | AAAAAAAAAAAAAAAAAAAAA<A60>
instagram | IGQV<U120>
dropbox | sl.<U136>
dropbox in new form | sl.u.<U200>
duffel | duffel_live_<U43>
shippo | shippo_live_<H40>
twilio api key | SK<H32>
twilio account | AC<H32>:<H32>
tailscale | tskey-auth-k<A10>CNTRL-<A32>
prefect | pnu_<A36>
inngest | signkey-prod-<H64>
octopus | API-<X26>
openshift | sha256~<U43>
readme | rdme_<L70>
frameio | fio-u-<U64>
scalingo | tk-us-<U48>
settlemint | sm_pat_<A16>
polar | polar_oat_<A40>
wakatime | waka_§g
age | AGE-SECRET-KEY-1<X58>
jwt | eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIx<U40>.<U86>
jwt without a signature | eyJhbGciOiJub25lIn0.eyJzdWIiOiIx<U40>.
jwe | eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.<U86>.<U16>.<U60>.<U22>
paseto | v4.local.<U120>
paseto public | v2.public.<U120>
macaroon | MDAx<B120>
firebase messaging | <U11>:APA91b<U134>
unknown, live | acme_live_<A32>
unknown, token | acme_token_<A36>
unknown, pat | acme_pat_<A36>
unknown, secret | acme-secret-<A40>
unknown, api key | zz_apikey_<A40>
unknown, in capitals | ACME_SK_<X40>
bcrypt | $2b$12$<A53>
argon2 | $argon2id$v=19$m=65536,t=3,p=4$<B22>$<B43>
sha512 crypt | $6$<A16>$<A86>
apache md5 | $apr1$<A8>$<A22>
django hash | pbkdf2_sha256$600000$<A22>$<B43>=
otpauth | otpauth://totp/acme:anna?secret=<T32>&issuer=acme
"""

PLACES: Final = (
    "rejected credential §S for §w",
    "[§w] calling https://§h/v1/§w?id=4&x=§S&page=2",
    "§w: config loaded (§S)",
    "args=['§S', 3]",
    '{"§w":"§S"}',
    "<§S>",
    "line one\n§S\nline three",
    "§w=§S;retry=3",
    "§w value was §S.",
    'JSON {"message": "ok", "labels": {"§w": "§S"}}',
    'JSON {"message": "§w failed: §S, again", "n": 3}',
)


def cases(seed: int) -> Iterator[Case]:
    """Yield every token in every place; one that holds a URL only where a URL can stand."""
    for kind, secret in rows(TOKENS):
        for place in PLACES:
            if "://" in secret and ("x=§S" in place or "§w=§S;" in place):
                continue
            yield make("tokens", kind, place, secret, seed)
