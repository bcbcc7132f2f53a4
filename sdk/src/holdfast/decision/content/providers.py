"""Names of services whose keys look like any other run of characters: what follows one is a key."""

from __future__ import annotations

import re
from typing import Final

_LIST: Final = """
adafruit airbrake airtable aiven alchemy algolia alibaba amplitude anthropic anypoint apify apilayer
apollo artifactory asana assemblyai atlassian auth0 aviationstack aws axonaut azure bitbucket bitly
bitmex blazemeter blocknative braintree browserstack bugsnag buildkite calendly campaignmonitor
circleci clearbit clickup clojars cloudflare cloudinary cloudsmith codeclimate codecov cohere
coinbase confluent contentful couchbase coveralls crowdin databricks datadog deepgram deepseek
discord docusign doppler dropbox dynatrace elastic elevenlabs etherscan eventbrite facebook fastly
figma finicity finnhub firebase fixer flickr flutterwave foursquare frameio freshbooks freshdesk
gitea github gitlab gitter gocardless google grafana groq harness hashicorp helpscout heroku hubspot
huggingface ibm imgur infura instagram intercom ipify ipinfo ipstack jenkins jfrog jira jumpcloud
klaviyo kraken kubernetes lastfm launchdarkly linkedin locationiq lokalise mailchimp mailgun mailjet
mandrill mapbox mapquest mattermost maxmind meetup meraki messagebird microsoft mistral mixpanel
moesif monday mongodb nasa netlify newrelic nexmo ngrok notion nuget nytimes odoo okta omnisend
onesignal openai openweather opsgenie pagerduty parseur pastebin paypal perplexity pinecone
pipedrive plaid planetscale postman postmark proxycrawl pusher qualtrics quandl rapidapi razorpay
rollbar rubygems runscope salesforce scaleway scrapingbee sendgrid sendinblue sentry shippo shodan
shopify sidekiq signalwire slack smartsheet snowflake snyk sonar sonarqube sourcegraph splunk
spotify sqreen squarespace statuspage stripe sumologic supabase tatum tavily telegram tencent
terraform ticketmaster tiingo tines todoist toggl tomtom travis trello truenas tumblr twilio twitch
twitchtv twitter typeform ubidots unsplash uptimerobot vercel virustotal vonage vultr wakatime wandb
weatherstack wechat wistia woocommerce workato wrike yandex youtube zapier zendesk zenscrape
zerobounce zoho zoom
"""
NAMES: Final = frozenset(_LIST.split())
"""In lower case, as a whole word or the beginning of one that goes on with `key`, `token` and the like."""
_pieces = re.compile(r"[a-z0-9]+").finditer
_suffix = re.compile(r"(?:api|client|app|auth|access|secret|private|token|key|id|io|com)+$").sub
_gap = re.compile(
    r"[\w.-]{0,16}(?: (?:api|access|secret|private|auth))?(?: ?(?:key|"
    r"token|secret))?[\"'`]?\s{0,3}[:=(,]{0,3}\s{0,3}[\"'`]?"
).fullmatch
BACK: Final = 40
"""So many characters before a value are searched for a name."""


def names_a_provider(text: str, end: int) -> bool:
    """Whether one of the few words right before a place names a service with keys."""
    before = text[max(0, end - BACK) : end].lower()
    for piece in _pieces(before):
        if (piece[0] in NAMES or _suffix("", piece[0]) in NAMES) and _gap(before, piece.end()):
            return True
    return False
