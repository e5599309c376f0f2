"""The tokens of providers: what is known of how each looks. A row a kind; `lib.core.masks.providers` reads it.

Patterns are the common subset of Python's and Rust's syntax, without look-around, and end in an open repetition:
a match never depends on what follows, so the cost of a failed try is bounded. A longer token is taken whole.
"""

from typing import Final

# A letters and digits, U the URL-safe alphabet, B base64, H hex, X upper case and digits, G a uuid
CLASSES: Final = {
    "A": "[0-9A-Za-z]", "W": "[0-9A-Za-z_]", "U": "[0-9A-Za-z_-]", "D": "[0-9A-Za-z_.-]", "B": "[0-9A-Za-z+/=_-]",
    "H": "[0-9a-fA-F]", "X": "[0-9A-Z]", "L": "[0-9a-z]", "N": "[0-9]",
    "G": "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "S": r"\\{0,16}/",
}  # fmt: skip

# "literals (cheap, one of them is in every match) | pattern"; <A> is a class above. Sorted by what issues them.
FREE: Final = r"""
ya29.|ya29\.<D>{20,}
1//0|1//0<U>{24,}
AIza|AIza<U>{30,}
GOCSPX-|GOCSPX-<U>{20,}
IQoJb3JpZ2lu|IQoJb3JpZ2lu<B>{40,}
FwoGZXIv FQoGZXIv FQoDYXdz|F(?:woG|QoG|QoD)(?:ZXIv|YXdz)<B>{40,}
da2-|da2-<L>{26,}
amzn.mws.|amzn\.mws\.<G>
amzn1.oa2-cs|amzn1\.oa2-cs\.v1\.<H>{32,}
ghp_ gho_ ghu_ ghs_ ghr_|gh[pousr]_<A>{20,}
github_pat_|github_pat_<W>{22,}
glpat- glptt- gldt- glrt- glcbt- glft-|gl(?:pat|ptt|dt|rt|cbt|ft)-<D>{20,}
glimt- glagent- gloas- glsoat- glffct-|gl(?:imt|agent|oas|soat|ffct)-<D>{20,}
GR1348941|GR1348941<U>{20,}
xox|xox[a-z](?:\.xox[a-z])?-<U>{10,}
xapp-|xapp-<N>-<U>{10,}
xwfp-|xwfp-<U>{20,}
hooks.slack|(?:services|workflows|triggers)<S>T?<A>{6,}<S><A>{6,}<S><A>{16,}
hooks/|hooks?<S>[0-9a-zA-Z]{24,}
.make.com|hook\.[a-z0-9]{2,6}\.make\.com<S><L>{20,}
with/key|with<S>key<S><U>{20,}
/integration/|integration<S><H>{32,}
open-apis/bot|open-apis<S>bot<S>v<N><S>hook<S><G>
hc-ping.com|hc-ping\.com<S><U>{22,}
discord.com discordapp.com|api<S>(?:v<N>{1,2}<S>)?webhooks<S><N>{16,20}<S><U>{40,}
webhook.office.com|webhookb2<S>[0-9a-fA-F@-]{36,}<S>IncomingWebhook<S><H>{16,}
hooks.zapier|hooks<S>catch<S><N>{4,}<S><A>{5,}
_live_ _test_ _prod_|(?:sk|rk|pk|rzp|ak)_(?:live|test|prod)_<W>{10,}
whsec_|whsec_[0-9A-Za-z+/=]{20,}
sntrys_ sntryu_|sntry[su]_<B>{20,}
sk-proj- sk-svcacct- sk-admin- sk-ant- sk-or- sk-lf-|sk-(?:proj|svcacct|admin|ant|or|lf)-<U>{16,}
api_org_|api_org_<A>{30,}
tgp_v1_|tgp_v1_<U>{40,}
jina_|jina_<A>{40,}
wandb_v1_|wandb_v1_<W>{40,}
xaat-|xaat-<G>
lsv2_|lsv2_(?:pt|sk)_<W>{30,}
pcsk_|pcsk_<W>{40,}
nvapi-|nvapi-<U>{40,}
pplx-|pplx-<A>{40,}
gsk_|gsk_<A>{20,}
xkeysib- xsmtpsib-|x(?:key|smtp)sib-<H>{40,}-?<A>*
npm_|npm_<A>{30,}
pypi-|pypi-<U>{50,}
rubygems_|rubygems_<H>{40,}
CLOJARS_|CLOJARS_<L>{50,}
packagist_|packagist_[a-z]{2,4}_<H>{40,}
dckr_|dckr_(?:pat|oat)_<U>{20,}
AKCp cmVmdGtuO|(?:AKCp|cmVmdGtuO)<A>{50,}
doo_v1_ dop_v1_ dor_v1_|do[opr]_v1_<H>{40,}
cfut_ cfat_ cfk_|cf(?:ut|at|k)_<W>{30,}
mdb_sa_|mdb_sa_(?:sk|id)_<U>{20,}
essu_|essu_<B>{40,}
cflt|cflt<B>{56,}
snyk_|snyk_[a-z]{2,4}\.<H>{8}\.<D>{20,}
HRKU-|HRKU-<U>{30,}
sb_secret_ sb_publishable_|sb_(?:secret|publishable)_<U>{20,}
pscale_|pscale_(?:tkn|oauth|pw)_<D>{20,}
.atlasv1.|<A>{10,20}\.atlasv1\.<U>{40,}
pul-|pul-<H>{40,}
AGE-SECRET-KEY-|AGE-SECRET-KEY-1<A>{40,}
lin_api_ lin_oauth_|lin_(?:api|oauth)_<A>{30,}
ATATT3 ATCTT3|AT[AC]TT3<B>{20,}
ATBB ATTA|AT(?:BB|TA)<A>{24,}
shpat_ shpca_ shppa_ shpss_ shpua_|shp(?:at|ca|pa|ss|ua)_<H>{32,}
sq0|sq0[a-z]{3}-<U>{20,}
access_token$production|access_token\$production\$<L>{10,}\$<H>{32,}
FLWSECK|FLWSECK(?:_TEST)?-<U>{20,}
access-sandbox- access-development- access-production-|access-(?:sandbox|development|production)-<G>
AAAAAAAAAAAAAAAAAAAA|A{20,}[0-9A-Za-z%]{30,}
:APA91b|<U>{8,16}:APA91b<U>{80,}
NRAK- NRJS- NRRA- NRII-|NR(?:AK|JS|RA|II)-<U>{16,}
glsa_ glc_|gl(?:sa|c)_<B>{30,}
dt0|dt0[a-z]<N>{2}\.<A>{20,}\.<A>{40,}
PMAK-|PMAK-<H>{24}-<H>{30,}
CFPAT-|CFPAT-<U>{40,}
tskey-|tskey-<U>{16,}
shippo_ duffel_|(?:shippo|duffel)_(?:live|test)_<U>{30,}
sha256~|sha256~<U>{40,}
CCIPAT_ CCIPRJ_|CCIP(?:AT|RJ)_<A>{16,}_?<A>*
signkey-|signkey-(?:prod|test|branch)-<A>{24,}
FlyV1|FlyV1 fm<N><B>{40,}
polar_|polar_[a-z]{2,8}_<A>{24,}
waka_|waka_<G>
.local. .public.|v[1-4]\.(?:local|public)\.<U>{30,}
MDAx MDAy|MDA[xy]<B>{60,}
sm_|sm_(?:pat|aat|sat)_<A>{16,}
"""

# The same, where the prefix is so short that it also ends words: only at a word's beginning.
BOUND: Final = r"""
AKIA ASIA ABIA ACCA|A(?:KIA|SIA|BIA|CCA)<X>{16,}
ABSK|ABSK[0-9A-Za-z+/=]{80,}
4/0A|4/0A<U>{30,}
LTAI|LTAI<A>{12,}
AKID|AKID<A>{28,}
JQQJ99|<A>{40,64}JQQJ99<A>{20,}
AzFu AzSe AIoT AzCa AzEF|<A>{30,60}A(?:zFu|zSe|IoT|zCa|zEF)<A>{5,}={0,2}
+ACR|<A>{36,60}\+ACR<A>{6,}
+ASt +ABa ACDb +AMC|[0-9A-Za-z+/]{70,90}(?:\+ASt|\+ABa|ACDb|\+AMC)[0-9A-Za-z+/]{4,}={0,2}
+AEh +ASb|[0-9A-Za-z+/]{30,40}\+A(?:Eh|Sb)[0-9A-Za-z+/]{4,}={0,2}
DO00|DO00<X>{16,}
SCW|SCW<X>{17,}
dose dkea|d(?:ose|kea)<H>{32,}
AQVN|AQVN<U>{35,}
y0_|y0_<U>{50,}
sk-|sk-<A>{20,}
sk_|sk_<H>{40,}
sess-|sess-<A>{36,}
hf_|hf_<A>{30,}
xai-|xai-<A>{40,}
csk-|csk-<L>{40,}
fc-|fc-<H>{32,}
e2b_|e2b_<H>{40,}
rpa_|rpa_<A>{40,}
llx-|llx-<A>{40,}
phc_ phx_ phs_ phr_ pha_|ph[cxsra]_<A>{40,}
tk-us-|tk-us-<U>{40,}
sl.|sl\.(?:u\.)?<U>{100,}
API-|API-<X>{25,}
AQE|AQE<A>{50,}(?:\.<B>{20,})?
A3-|A3-<X>{6}-<X>{6,11}(?:-<X>{5}){3}
r8_|r8_<A>{30,}
fw_|fw_<A>{22,}
tvly-|tvly-<U>{20,}
SG.|SG\.<U>{16,}\.<U>{16,}
key-|key-<H>{32,}
md-|md-<U>{22}
oy2|oy2<L>{43,}
fo1_|fo1_<U>{40,}
nfp_|nfp_<A>{36,}
vcp_ vci_ vca_ vcr_ vck_|vc[piark]_<A>{24,}
rnd_|rnd_<A>{26,}
sbp_|sbp_<H>{40,}
napi_|napi_<L>{40,}
npg_|npg_<A>{10,}
dapi|dapi<H>{32,}(?:-<N>)?
hvs. hvb. hvr.|hv[sbr]\.<U>{20,}
dp.|dp\.(?:pt|st|ct|sa|scim|audit|said)\.<D>{20,}
ntn_|ntn_<A>{40,}
figd_ figo_ figu_ figr_|fig[dour]_<U>{30,}
EAA|EAA<A>{60,}
EAAA EAAa|EAA[Aa]<U>{58,}
IGQV IGQW|IGQ[VW]<U>{40,}
:AA|<N>{8,10}:AA<U>{32,}
hcaik_ hcbik_ hcxik_|hc[abx]ik_<A>{40,}
pat-na pat-eu|pat-(?:na|eu)<N>-<G>
pnu_ pnb_|pn[ub]_<A>{34,}
bkua_ bkaa_ bkct_|bk(?:ua|aa|ct)_<H>{40,}
sqp_ squ_ sqa_|sq[pua]_<H>{40,}
EZAK EZTK|EZ[AT]K<A>{40,}
sgp_ slk_|(?:sgp|slk)_<W>{40,}
ops_|ops_eyJ<U>{40,}
aio_|aio_<A>{26,}
ddp_ ddo_ ddw_|dd[pow]_<A>{34,}
tr_dev_ tr_prod_ tr_stg_|tr_(?:dev|prod|stg)_<A>{16,}
secret-live- secret-test-|secret-(?:live|test)-<U>{30,}
zpka_|zpka_<W>{30,}
tfp_|tfp_<D>{40,}
rdme_|rdme_<L>{50,}
fio-u-|fio-u-<U>{50,}
v1.0-|v1\.0-<H>{24}-<H>{60,}
t1.|t1\.<U>{20,}={0,2}\.<U>{60,}
EAAAE|EAAAE<U>{50,}
"""

# No literal at all: the shape alone tells. Kept few and long, so that an id is not taken for one; or the literal ends many words.
SHAPES: Final = r"""
.|[MNO][0-9A-Za-z_-]{23,27}\.<U>{6}\.<U>{27,}
-us|<H>{32}-us<N>{1,2}
/|<N>/<N>{16}(?:/<N>{16})?:<H>{32}
st.|st\.<H>{24}\.<H>{32}\.<H>{32}
pk_|pk_<N>{6,}_<X>{32}
live_ test_|(?:live|test)_<H>{32,}
0.|0\.<G>\.<A>{30}:<B>{20,}
-|<H>{32}-<H>{8}-<H>{8}
AC|AC<H>{32}:<H>{32}
pat|pat<A>{14}\.<H>{64}
AZDO|<A>{76}AZDO<A>{4}
NRAL|<H>{36}NRAL
re_|re_<A>{6,}_<A>{16,}
cio|cio<A>{32,}
secret_|secret_<A>{43,}
sdk- api- mob-|(?:sdk|api|mob)-<G>
SK|SK[0-9a-f]{32,}
Q~|<U>{3}<N>Q~[0-9A-Za-z_.~-]{30,}
"""

# The same with so little of a mark that the rest has to hold upper case, lower case and a digit.
MIXED_SHAPES: Final = r"""
s.|s\.<A>{24,}
live_ test_|(?:live|test)_<A>{28,}
live_ test_|(?:live|test)_<U>{36,}
"""

# What a system keeps of a password: cracked at leisure.
HASHES: Final = (
    r"\$2[abxy]\$<N>{2}\$[0-9A-Za-z./]{40,}|\$argon2i?d?\$v=<N>{1,3}\$[a-z0-9=,]{1,40}\$[0-9A-Za-z+/]{8,}\$[0-9A-Za-z+/]{16,}"
    r"|\$(?:[1567y]|apr1|scrypt)\$[0-9A-Za-z./=$,]{20,}|(?:django_)?(?:pbkdf2"
    r"|scrypt)[_:-]?[a-z0-9]{0,8}[$:][0-9:]{1,12}[$:][0-9A-Za-z+/.]{4,}[$:][0-9A-Za-z+/.]{20,}={0,2}"
    r"|\{S?SHA(?:256|512)?\}[0-9A-Za-z+/]{26,}={0,2}"
)

# Unknown providers follow the fashion: name, what it is, a long random part with a digit in it.
KINDS: Final = "live test prod pat sk secret token api apikey key oat oauth access sa".split()
FASHION: Final = (
    rf"<A>{{2,16}}_(?:{'|'.join([*KINDS, *map(str.upper, KINDS)])})_<A>{{20,}}|<A>{{2,16}}-(?:secret|token|apikey|key)-<A>{{32,}}"
)
