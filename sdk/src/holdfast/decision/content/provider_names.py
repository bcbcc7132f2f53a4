"""The names of services that issue keys: a list of facts, to be read and added to.

In lower case, as a whole word or the beginning of one that goes on with `key`, `token` and the like.
"""

from __future__ import annotations

from typing import Final

_LIST: Final = """
abuseipdb adafruit adobe adyen adzuna aeroworkflow agora ai21 aikido airbrake airship airtable airvisual aiven
alchemy alegra aletheia algolia alibaba alienvault allsports amadeus ambee amplitude anthropic anypoint
anyscale apacta api2cart apideck apiflash apifonica apify apilayer apimatic apimetrics apininjas apitemplate
apollo appcenter appcircle appcues appfollow appointedd appoptics appsignal appsmith appsynergy apptivo
appveyor appwrite arize artifactory artsy asaas asana assemblyai astronomer atera atlassian audd auth0
autodesk autoklose autopilot avaza aviationstack aws axiomhq axonaut aylien ayrshare azure backblaze baidu
bamboohr bandwidth bannerbear baremetrics baseapi baseten beamer beebole beehiiv besnappy besttime betterstack
bigcommerce billomat binance bintray bitbar bitbucket bitcoinaverage bitfinex bitly bitmex bitrise bittrex
blackduck blazemeter blitapp blockchain blockfrost blocknative blogger bluesky bombbomb boostnote borgbase
botpress braintree brandfetch brevo browserbase browserless browserstack browshot bscscan buddyns budibase
bugherd bugsnag buildkite bulbul bulksms buttercms bybit caflou calendarific calendly calorieninja
calorieninjas campaignmonitor campayn canny cannyio canva capsulecrm captaindata carboninterface cartesia
cashboard cashfree caspio censys centralstation centralstationcrm cerebras cexio chargebee chartmogul chatbot
chatfuel chatfule checio checkly checklyhq checkout checkvist chromadb cicero circleci clarifai clearbit clerk
clickhelp clickhouse clicksend clicksendsms clickup cliengo clinchpad clockify clockworksms clojars closecrm
cloudconvert cloudelements cloudflare cloudimage cloudinary cloudmersive cloudplan cloudsight cloudsmith
cloudways cloverly cloze clustdoc cockroachdb coda codacy codeclimate codecov codeium codemagic codequiry
coderabbit codesandbox codeship cohere coinapi coinbase coingecko coinlayer coinlib coinmarketcap collect2
cometml commercejs commodities companyhub composio configcat confluent contentful contentstack context7
convertapi convertkit convex convier copyscape couchbase countrylayer courier coveralls coze craftmypdf
cronitor crowdin crowdstrike crunchbase cryptocompare currencycloud currencyfreaks currencylayer currencyscoop
currents currentsapi customerguru customerio cypress d7network dagshub dagster dailyco dandelion dareboost
databento databox databricks datadog datagov datarobot daytona debounce deepai deepgram deepinfra deepl
deepnote deepseek deepsource delighted denodo deputy descope detectify detectlanguage devcycle dfuse dialpad
diffbot diggernaut digicert digitalocean directus discord disqus ditto dnscheck dnsimple dnsmadeeasy dnspod
docker dockerhub docparser documo docusign doppler dotdigital dotmailer dovico dronahq droneci dropbox
dropboxsign duffel duply dwolla dynadot dynalist dynatrace dyspatch e2b eagleeyenetworks easyinsight easypost
ebay ecostruxure ecostruxureit edamam edenai eightxeight elastic elasticemail elevenlabs emailoctopus enablex
endorlabs enigma envoy equinix eraser esri etherscan ethplorer etsy eventbrite everhour exchangerate
exchangerateapi exchangerates exchangeratesapi exportsdk extractorapi facebook faceplusplus factset fastforex
fastly fathom fauna faunadb fedex feedier fetchrss fibery figma fileio finage financialmodelingprep findl
finicity finnhub firebase firecrawl fireworks fivetran fixer fixerio flagr flagsmith flatio fleetbase flickr
flightapi flightaware flightlabs flightstats flowflu flutterwave flyio fmfw followupboss formbucket formcraft
formio formsite formstack foursquare frameio freshbooks freshdesk freshsales freshservice friendli front
frontapp frontegg fulcrum fullcontact fullstory fusionauth fxmarket gandi geckoboard gemini gengo geoapify
geocode geocodify geocodio geoipifi getemail getemails getgeoapi getgist getresponse getsandbox getstream ghcr
ghost giphy gitbook gitea gitguardian github gitlab gitter gladia glassnode gocanvas gocardless godaddy
goldsky goodday goodreads google gradle grafana graphcms graphhopper greenhouse groovehq groq growsurf
growthbook gtmetrix guardianapi gumlet gumroad gusto gyazo hackerone happi happyscribe harness harvest
hashicorp hasura hcaptcha heap helicone helius hellosign helpcrunch helpscout hereapi heroku hetzner heygen
hiveage holidayapi honeybadger honeycomb hookdeck hostinger hotjar html2pdf huawei hubspot huggingface
humanity hunter hunterio hybiscus hyperbolic hyperbrowser hypertrack ibm icloud iconfinder iexapis iexcloud
ifttt imagekit imagga imgix imgur impala influxdb infobip infracost infura inngest insightly instabot
instagram instamojo instatus integromat intercom interseller intra42 intrinio invoiceocean ionos ip2location
ipapi ipdata ipgeolocation ipifi ipify ipinfo ipinfodb ipquality ipqualityscore ipregistry ipstack iterable
jenkins jetbrains jfrog jina jira jotform jsonbin jumpcloud juro kaggle kagi kairos kaleyra kanbantool
kanboard karmacrm keenio keybase keycdn keycloak keygen kickbox kinde kinsta klarna klaviyo klipfolio
knapsackpro kontent kraken kubecost kubernetes kucoin kylas lambdalabs lambdatest langchain langfuse langsmith
languagelayer larksuite lastfm launchdarkly leadfeeder lemlist lemonsqueezy lendflow leptonai lessannoyingcrm
lexigram lightstep linear linearapi linemessaging linenotify linkedin linkpreview linode liveagent liveblocks
livekit livestorm llama llamacloud llamaindex loadmill lob locationiq logdna logflare loggly loginradius
logtail logz logzio lokalise loops loyverse lunchmoney luno macaddress madkudu magic magicbell magnetic
mailboxlayer mailchimp mailerlite mailersend mailgun mailjet mailmodo mailosaur mailsac mailtrap mandrill
mapbox mapquest marketstack marqo mattermost mavenlink maxmind meaningcloud mediastack mediawiki meetup
meilisearch meistertask mem0 memfault meraki mercadopago mesibo messagebird messari metaapi metabase metrilo
microsoft midtrans milvus mindee mindmeister minimax mintlify miro mistral mixmax mixpanel mlflow mockaroo
moderation moesif mollie momento monday mongodb monkeylearn moonclerk moonshot moosend moralis mparticle
mrticktock mux myexperiment myfreshworks myintervals n8n namecheap nasa nasdaq nasdaqdatalink nebius neon
netdata nethunt netlify netsuite neutrino neutrinoapi newrelic newsapi newscatcher nexmo nexus nftport ngrok
nicereply nightfall nimble nordvpn noticeable notion novita novu nozbe nozbeteams nuget numverify nutritionix
nvidia nylas nytimes oanda odoo okta okx omnisend onbuka onedesk onedrive onelogin onepagecrm onesignal
oneuptime onfido onfleet onwaterio oopspam openai openaq opencage opencagedata openphone openpipe openreplay
openrouter openshift openuv openvpn openweather openweathermap opsgenie optidash optimizely oso ossrh overloop
ovh owlbot packagecloud packagist paddle pagarme pagerduty pandadoc pandascore paperform papertrail
paralleldots parsehub parsers parseur particle particleio partnerstack pastebin patreon paydirtapp paymo
paymoapp paymongo paypal paystack pdflayer pdfshift pendo peopledatalabs pepipost percy permit perplexity
persona pexels phraseapp pinata pinecone pingdom pinterest pipedream pipedrive pipefy pivotaltracker pixabay
plaid planetscale planview planviewleankit planyo plausible playht plivo podio pollsapi poloniex polygon
polymarket portainer portkey positionstack postageapp postbacks posthog postman postmark powrbot prefect
printful privacy prodpad propelauth prospectcrm protocols protocolsio proxmox proxycrawl pubnub pulumi
purestake pushbullet pusher pushover qase qdrant qualaroo qualtrics quandl quay qubole quickbase quickbooks
quicknode rabbitmq railway rancher rapidapi rapyd rawg raygun razorpay reachmail readme reallysimplesystems
rebrandly recaptcha rechargepayments recurly reddit redis redpanda refiner rentman repairshopr replicate
replit replyio requestfinance resend restpack retellai retool revampcrm revenuecat revolut rewardful
ringcentral ringover rippling risingwave ritekit roaring robinhood roblox robocorp roboflow rocketreach
rollbar rootly route4me rownd rubygems rudderstack runpod runrunit runscope runway runwayml saladcloud
salesblink salescookie salesflare salesforce salesloft salesmate sambanova samsara sanity satismeter saucelabs
scaleai scaleway scalingo scalr scrapeowl scraperapi scraperbox scrapestack scrapfly scrapingant scrapingbee
scrapinghub screenshotapi screenshotlayer screenshotone scrutinizer scrutinizerci seatgeek securitytrails
segment selectpdf semaphore sendbird sendcloud sendgrid sendinblue sendowl sendpulse sentry serpapi serper
serphouse serpstack servicenow settlemint sevdesk sheety sherpadesk shipday shipengine shippo shipstation
shodan shopify shortcut shotstack shutterstock sidekiq signable signalwire signaturit signnow signoz
signupgenius sigopt siliconflow simfin simplesat simplynoted simvoly sinch sinchmessage singlestore sirv
site24x7 siteleaf skrappio skybiometry skyscanner slack smartsheet smartsheets smartystreets smooch smsapi
smtp2go snapchat snipcart snowflake snyk solarwinds sonar sonarcloud sonarqube sonatype soundcloud sourcegraph
spacelift sparkpost speechmatics speechtext speechtextai split splunk spoonacular sportradar sportsmonk
spotify sqreen square squarespace squareup sslmate stabilityai stackhawk starburst statsig statuscake
statuspage statuspal stepfun stitchdata stockdata storecove stormboard stormglass storyblok storychief strapi
strava streak streamlit stripe stripo stytch sugester sumo sumologic supabase supernotes supertokens surge
surveyanyplace surveybot surveymonkey surveysparrow survicate svix swaggerhub swell swiftype sysdig tableau
tailscale tallyfy tatum tatumio tavily taxjar teamcity teamgate teamwork teamworkcrm teamworkspaces
technicalanalysisapi tefter telegram telesign teletype telnyx tenable tencent terraform text2data textmagic
thegraph theoddsapi thingsboard thinkific thousandeyes thunderstore ticketmaster tickettailor tiingo tiktok
timecamp timezoneapi tines tinybird tly tmetric todoist together togetherai toggl tokeet tomorrowio tomtom
trackjs tradier transferwise transloadit travelpayouts travis travisci trello tripadvisor truenas trufflehog
tumblr turbopuffer turso twelvedata twilio twist twitch twitchtv twitter tyntec typeform typesense typetalk
ubidots uclassify umami unify unifyid unleash unplu unplugg unsplash upcdatabase upcloud uplead uploadcare
upstash uptimerobot upwave urlscan userflow userstack vagrant vagrantcloud valtown vapi vastai vatlayer vbout
veracode vercel verifier verimail veriphone versioneye victorops viewneo vimeo virustotal visualcrossing
vkontakte vmware voiceflow voicegain volcengine vonage voodoosms vouchery voyage voyageai vpnapi vultr vyte
wakatime walkscore walmart wandb watsonx wavefront weatherapi weatherbit weatherstack weaviate web3storage
webex webflow webscraper webscraping websitepulse wechat weightsandbiases wepay wercker whatsapp whoxy
wireguard wise wistia wiz wolframalpha woocommerce wordnik wordpress wordsapi workato workiom workos worksnaps
workstack worldcoinindex worldpay worldweather wrike wufoo wundergraph xai xata xendit xero yandex yelp ynab
youneedabudget yousign youtube zapier zapierwebhook zeabur zendesk zenkit zenkitapi zenrows zenscrape zenserp
zeplin zerobounce zerossl zerotier zhipu zilliz zipapi zipbooks zipcodeapi zipcodebase zoho zonka
zonkafeedback zoom zulip zulipchat zuora zuplo zyte
"""
NAMES: Final = frozenset(_LIST.split())
