/** A token that its maker gave a form of its own: this prefix, then this. */
export interface PrefixRule {
  readonly kind: string;
  readonly prefix: string;
  readonly rest: RegExp;
}

/** A token without a form of its own: it counts within 24 characters behind its maker's name. */
export interface KeywordRule {
  readonly kind: string;
  readonly word: string;
  readonly value: RegExp;
}

const charsets: Readonly<Record<string, string>> = {
  w: '[A-Za-z0-9_-]',
  a: '[A-Za-z0-9]',
  u: '[A-Z0-9]',
  h: '[a-f0-9]',
  b: '[A-Za-z0-9+/=_-]',
  d: '[A-Za-z0-9._-]',
};

/** Kind, prefixes, charset and length (`20`, or `20-200`), as each vendor documents its own. */
const table = `
aws-access-key AKIA,ASIA,ABIA,ACCA u 16
aws-bedrock-key ABSK b 109-269
github-token ghp_,gho_,ghu_,ghs_,ghr_ a 36-255
github-fine-grained-token github_pat_ w 60-255
gitlab-token glpat-,gldt-,glrt-,glft-,glsoat-,glagent-,glcbt-,glffct-,glimt-,gloas-,glptt- d 20-300
slack-token xoxb-,xoxp-,xoxe-,xoxa-,xoxr-,xoxs-,xapp-,xoxe.xoxp-,xoxe.xoxb- w 20-250
slack-webhook https://hooks.slack.com/services/,https://hooks.slack.com/workflows/ b 30-80
discord-webhook https://discord.com/api/webhooks/,https://discordapp.com/api/webhooks/ b 60-120
teams-webhook https://outlook.office.com/webhook/ b 60-200
openai-key sk-proj-,sk-svcacct-,sk-admin- w 40-300
anthropic-key sk-ant- w 40-200
openrouter-key sk-or- w 40-100
openai-like-key sk- a 32-128
groq-key gsk_ a 40-64
xai-key xai- a 60-100
perplexity-key pplx- a 40-64
replicate-token r8_ a 37-40
huggingface-token hf_,api_org_ a 34-40
fireworks-key fw_ a 22-64
nvidia-key nvapi- w 60-80
cerebras-key csk- a 40-60
voyage-key pa- w 43
vitalgate-key vg_ a 38
google-api-key AIza w 35
google-oauth-secret GOCSPX- w 28
google-oauth-token ya29. d 40-300
azure-storage-key AccountKey= b 86-88
azure-devops-token AzDO w 40-90
stripe-key sk_live_,sk_test_,rk_live_,rk_test_,sk_prod_,rk_prod_,whsec_ a 20-247
square-token sq0atp-,sq0csp-,EAAA w 22-60
paypal-token access_token$production$ a 16-80
shopify-token shpat_,shpca_,shppa_,shpss_ h 32
sendgrid-key SG. d 60-69
mailgun-key key- h 32
mailchimp-key xkeysib- w 70-100
postman-key PMAK- w 58-60
npm-token npm_ a 36
pypi-token pypi-AgEIcHlwaS5vcmc w 50-250
rubygems-key rubygems_ h 48
nuget-key oy2 a 43
crates-token cio a 32
docker-token dckr_pat_,dckr_oat_ w 27-40
digitalocean-token dop_v1_,doo_v1_,dor_v1_ h 64
linode-token linode_ h 64
heroku-key HRKU- w 36-64
fly-token fo1_,fm1_,fm2_,fm1a_,fm1r_ b 40-500
vercel-token vercel_,vcp_,vci_,vca_,vcr_,vck_ a 24-64
netlify-token nfp_ a 36-50
cloudflare-key cfut_,cfat_,cfk_ a 40-60
cloudflare-ca-key v1.0- w 140-190
databricks-token dapi h 32-40
dynatrace-token dt0c01.,dt0s16. d 60-110
grafana-token glc_,glsa_ b 32-400
grafana-key eyJrIjoi b 60-400
newrelic-key NRAK-,NRII-,NRAA-,NRJS-,NRRA- w 19-42
datadog-key ddapp_,ddpat_ a 32-64
sentry-token sntrys_,sntryu_ b 40-400
honeycomb-key hcaik_,hcxik_,hcalk_ a 50-70
posthog-key phc_,phx_ a 40-50
segment-token sgp_ a 60-66
algolia-key algolia_ a 32-64
atlassian-token ATATT3,ATCTT3,ATBB b 24-250
linear-key lin_api_,lin_oauth_ a 40-64
notion-token ntn_,secret_ a 43-50
asana-token asana_ a 32-64
airtable-token pat a 14.64
figma-token figd_,figo_ w 40-60
typeform-token tfp_ d 44-60
hubspot-token pat-na1-,pat-eu1- w 36
intercom-token dG9r b 50-64
dropbox-token sl. w 130-200
telegram-token bot a 8-10:35
planetscale-token pscale_tkn_,pscale_pw_,pscale_oauth_ d 32-64
neon-token napi_ a 60-70
supabase-token sbp_,sb_secret_ a 31-60
prisma-token pscale_ d 32-64
doppler-token dp.pt.,dp.st.,dp.ct.,dp.sa.,dp.scim.,dp.audit. d 40-60
infracost-key ico- a 32
pulumi-token pul- h 40
terraform-token .atlasv1. w 60-70
vault-token hvs.,hvb.,hvr. w 90-300
age-key AGE-SECRET-KEY-1 u 58
onepassword-token ops_eyJ b 250-2000
readme-key rdme_ a 70
rapidapi-key rapi_ a 50
launchdarkly-key sdk-,mob-,api- w 36
easypost-key EZAK,EZTK a 54
duffel-token duffel_test_,duffel_live_ w 43
flutterwave-key FLWSECK-,FLWSECK_TEST-,FLWPUBK- w 30-50
frame-token fio-u- w 64
gocardless-token live_,sandbox_ w 40
lob-key test_pub_,live_pub_ h 31
plaid-token access-sandbox-,access-development-,access-production- w 36
scalingo-token tk-us- w 48
sendinblue-key xsmtpsib- w 70-100
shippo-token shippo_live_,shippo_test_ h 40
sourcegraph-token sgp_local_,slk_ h 40-64
clojars-token CLOJARS_ a 60
contentful-token CFPAT- w 43
artifactory-token AKCp,cmVmd a 60-69
mapbox-token sk.eyJ d 80-200
jfrog-token eyJ2ZXIi d 100-1200
jwt eyJ d 60-2000
`;

export const prefixes: readonly PrefixRule[] = table
  .trim()
  .split('\n')
  .flatMap((line) => {
    const [kind = '', list = '', charset = '', length = ''] = line.split(' ');
    return list
      .split(',')
      .map((prefix) => ({ kind, prefix, rest: ruleFor(kind, charset, length) }));
  });

/** A few have a second part, and the token ends where its characters do. */
function ruleFor(kind: string, charset: string, length: string): RegExp {
  const chars = charsets[charset] ?? '';
  if (kind === 'airtable-token') return /[A-Za-z0-9]{14}\.[a-f0-9]{64}(?![A-Za-z0-9])/y;
  if (kind === 'telegram-token') return /\d{8,10}:[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y;
  if (kind === 'jwt')
    return /[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{6,2000}\.[A-Za-z0-9_-]{10,1000}/y;
  if (kind === 'launchdarkly-key')
    return /[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}(?![A-Za-z0-9])/y;
  const [least = '', most] = length.split('-');
  return new RegExp(
    `${chars}{${most === undefined ? least : `${least},${most}`}}(?!${chars})`,
    'y',
  );
}

/** Maker's word, charset and length of its tokens. */
const named = `
aws-secret-key aws_secret b 40
aws-secret-key aws secret b 40
aws-secret-key secret_access_key b 40
adafruit-key adafruit a 32
adobe-secret adobe h 32
alibaba-secret alibaba a 30
alibaba-secret aliyun a 30
asana-secret asana a 32
atlassian-token atlassian a 24
atlassian-token confluence a 24
beamer-token beamer b 44
bitbucket-secret bitbucket w 64
bittrex-key bittrex a 32
codecov-token codecov a 32
coinbase-token coinbase w 64
confluent-secret confluent a 64
datadog-key datadog a 40
discord-token discord h 64
droneci-token drone a 32
etsy-key etsy a 24
facebook-secret facebook h 32
fastly-token fastly w 32
finicity-token finicity h 32
finnhub-token finnhub a 20
flickr-key flickr a 32
freshbooks-token freshbooks a 64
gitter-token gitter w 40
heroku-key heroku w 36
hubspot-key hubspot w 36
jfrog-key jfrog a 73
kraken-key kraken b 80
kucoin-secret kucoin w 36
linkedin-secret linkedin a 16
looker-secret looker a 24
mailchimp-key mailchimp a 36
mailgun-key mailgun w 50
mattermost-token mattermost a 26
messagebird-token messagebird a 25
netlify-token netlify w 43
newrelic-key newrelic a 40
nytimes-token nytimes w 32
okta-token okta w 42
plaid-secret plaid a 30
rapidapi-key rapidapi w 50
sendbird-token sendbird h 40
sentry-token sentry h 64
snyk-token snyk w 36
splunk-token splunk w 36
squarespace-token squarespace w 36
sumologic-key sumo a 64
travisci-token travis a 22
trello-key trello a 32
twilio-token twilio h 32
twitch-token twitch a 30
twitter-secret twitter a 50
wakatime-key wakatime w 36
yandex-token yandex b 40
zendesk-secret zendesk a 40
azure-key azure h 32
azure-key ocp-apim h 32
cohere-key cohere a 40
mistral-key mistral a 32
deepgram-key deepgram h 40
assemblyai-key assemblyai h 32
elevenlabs-key elevenlabs h 32
pinecone-key pinecone w 36
cloudflare-key cloudflare w 40
dropbox-secret dropbox a 15
`;

export const keywords: readonly KeywordRule[] = named
  .trim()
  .split('\n')
  .map((line) => {
    const [, kind = '', word = '', charset = '', length = ''] =
      /^(\S+) (.+) (\w) (\d+)$/.exec(line) ?? [];
    const chars = charsets[charset] ?? '';
    // Neither a part of a longer word nor followed by more of itself.
    return { kind, word, value: new RegExp(`(?<![A-Za-z0-9])${chars}{${length}}(?![A-Za-z0-9])`) };
  });
