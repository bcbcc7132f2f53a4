"""The names of services that issue keys: a list of facts, to be read and added to.

In lower case, as a whole word or the beginning of one that goes on with `key`, `token` and the like.
"""

from __future__ import annotations

from typing import Final

_LIST: Final = """
adafruit adyen adzuna aeroworkflow agora airbrake airship airtable airvisual aiven alchemy alegra aletheia
algolia alibaba alienvault allsports amadeus ambee amplitude anthropic anypoint apacta api2cart apideck
apiflash apifonica apify apilayer apimatic apimetrics apininjas apitemplate apollo appcues appfollow
appointedd appoptics appsynergy apptivo artifactory artsy asana assemblyai atera atlassian audd auth0 autodesk
autoklose autopilot avaza aviationstack aws axonaut aylien ayrshare azure backblaze bamboohr bannerbear
baremetrics baseapi beamer beebole besnappy besttime betterstack billomat bintray bitbar bitbucket
bitcoinaverage bitfinex bitly bitmex blazemeter blitapp blocknative blogger bombbomb boostnote borgbase
braintree brandfetch brevo browserstack browshot bscscan buddyns budibase bugherd bugsnag buildkite bulbul
bulksms buttercms caflou calendarific calendly calorieninja calorieninjas campaignmonitor campayn canny
cannyio capsulecrm captaindata carboninterface cashboard caspio censys centralstation centralstationcrm
cerebras cexio chargebee chartmogul chatbot chatfuel chatfule checio checkly checklyhq checkout checkvist
cicero circleci clarifai clearbit clerk clickhelp clicksend clicksendsms clickup cliengo clinchpad clockify
clockworksms clojars closecrm cloudconvert cloudelements cloudflare cloudimage cloudinary cloudmersive
cloudplan cloudsight cloudsmith cloudways cloverly cloze clustdoc coda codacy codeclimate codecov codemagic
codequiry cohere coinapi coinbase coingecko coinlayer coinlib coinmarketcap collect2 commercejs commodities
companyhub configcat confluent contentful contentstack convertapi convertkit convex convier copyscape
couchbase countrylayer courier coveralls craftmypdf crowdin cryptocompare currencycloud currencyfreaks
currencylayer currencyscoop currents currentsapi customerguru customerio d7network dailyco dandelion dareboost
databox databricks datadog datagov debounce deepai deepgram deepl deepseek delighted deputy descope detectify
detectlanguage dfuse dialpad diffbot diggernaut digicert digitalocean discord disqus ditto dnscheck dnsimple
docker dockerhub docparser documo docusign doppler dotdigital dotmailer dovico dronahq droneci dropbox duffel
duply dwolla dynalist dynatrace dyspatch eagleeyenetworks easyinsight easypost ecostruxure ecostruxureit
edamam edenai eightxeight elastic elasticemail elevenlabs enablex endorlabs enigma envoy eraser etherscan
ethplorer etsy eventbrite everhour exchangerate exchangerateapi exchangerates exchangeratesapi exportsdk
extractorapi facebook faceplusplus fastforex fastly fathom faunadb feedier fetchrss fibery figma fileio finage
financialmodelingprep findl finicity finnhub firebase fireworks fixer fixerio flagsmith flatio fleetbase
flickr flightapi flightaware flightlabs flightstats flowflu flutterwave flyio fmfw followupboss formbucket
formcraft formio formsite formstack foursquare frameio freshbooks freshdesk freshservice friendli front
frontapp frontegg fulcrum fullcontact fullstory fusionauth fxmarket geckoboard gemini gengo geoapify geocode
geocodify geocodio geoipifi getemail getemails getgeoapi getgist getresponse getsandbox ghost gitea github
gitlab gitter glassnode gocanvas gocardless goodday goodreads google grafana graphcms graphhopper greenhouse
groovehq groq growthbook gtmetrix guardianapi gumroad gusto gyazo happi happyscribe harness harvest hashicorp
hasura heap hellosign helpcrunch helpscout hereapi heroku hetzner hiveage holidayapi honeycomb html2pdf
hubspot huggingface humanity hunter hunterio hybiscus hypertrack ibm iconfinder iexapis iexcloud imagekit
imagga imgix imgur impala influxdb infobip infracost infura insightly instabot instagram instamojo instatus
integromat intercom interseller intra42 intrinio invoiceocean ip2location ipapi ipdata ipgeolocation ipifi
ipify ipinfo ipinfodb ipquality ipqualityscore ipstack jenkins jfrog jina jira jotform jumpcloud juro kaggle
kagi kairos kaleyra kanbantool karmacrm keenio keygen kickbox kinde klarna klaviyo klipfolio knapsackpro
kontent kraken kubernetes kucoin kylas langchain langfuse langsmith languagelayer larksuite lastfm
launchdarkly leadfeeder lemlist lemonsqueezy lendflow lessannoyingcrm lexigram linear linearapi linemessaging
linenotify linkedin linkpreview linode liveagent livestorm llama loadmill lob locationiq logdna loggly
loginradius logtail logz logzio lokalise loops loyverse lunchmoney luno macaddress madkudu magic magicbell
magnetic mailboxlayer mailchimp mailerlite mailgun mailjet mailmodo mailsac mailtrap mandrill mapbox mapquest
marketstack mattermost mavenlink maxmind meaningcloud mediastack meetup meistertask meraki mesibo messagebird
messari metaapi metabase metrilo microsoft midtrans mindmeister miro mistral mixmax mixpanel mockaroo
moderation moesif mollie monday mongodb monkeylearn moonclerk moosend moralis mrticktock mux myexperiment
myfreshworks myintervals nasa nasdaq nasdaqdatalink neon nethunt netlify netsuite neutrino neutrinoapi
newrelic newsapi newscatcher nexmo nftport ngrok nicereply nightfall nimble noticeable notion nozbe nozbeteams
nuget numverify nutritionix nvidia nylas nytimes oanda odoo okta omnisend onbuka onedesk onelogin onepagecrm
onesignal onfleet onwaterio oopspam openai openaq opencage opencagedata openrouter openuv openvpn openweather
openweathermap opsgenie optidash optimizely oso overloop ovh owlbot packagecloud paddle pagarme pagerduty
pandadoc pandascore paperform paralleldots parsehub parsers parseur particle particleio partnerstack pastebin
paydirtapp paymo paymoapp paymongo paypal paystack pdflayer pdfshift pendo peopledatalabs pepipost percy
permit perplexity persona phraseapp pinata pinecone pinterest pipedream pipedrive pivotaltracker pixabay plaid
planetscale planview planviewleankit planyo plausible plivo podio pollsapi poloniex polygon positionstack
postageapp postbacks posthog postman postmark powrbot prefect privacy prodpad propelauth prospectcrm protocols
protocolsio proxycrawl pubnub pulumi purestake pushbullet pusher pushover qase qdrant qualaroo qualtrics
quandl qubole quickbase rabbitmq railway rapidapi rapyd rawg razorpay reachmail readme reallysimplesystems
rebrandly recaptcha rechargepayments recurly reddit redis refiner rentman repairshopr replicate replit replyio
requestfinance resend restpack retellai revampcrm revenuecat revolut ringcentral rippling ritekit roaring
robinhood roboflow rocketreach rollbar route4me rownd rubygems rudderstack runpod runrunit runscope saladcloud
salesblink salescookie salesflare salesforce salesloft salesmate satismeter saucelabs scaleway scalingo scalr
scrapeowl scraperapi scraperbox scrapestack scrapfly scrapingant scrapingbee screenshotapi screenshotlayer
scrutinizer scrutinizerci securitytrails segment selectpdf semaphore sendbird sendgrid sendinblue sendowl
sentry serpapi serphouse serpstack settlemint sevdesk sheety sherpadesk shipday shippo shodan shopify shortcut
shotstack shutterstock sidekiq signable signalwire signaturit signnow signupgenius sigopt simfin simplesat
simplynoted simvoly sinch sinchmessage sirv siteleaf skrappio skybiometry slack smartsheet smartsheets
smartystreets smooch smsapi snapchat snipcart snowflake snyk sonar sonarcloud sonarqube sourcegraph sparkpost
speechtext speechtextai split splunk spoonacular sportradar sportsmonk spotify sqreen square squarespace
squareup sslmate statsig statuscake statuspage statuspal stitchdata stockdata storecove stormboard stormglass
storyblok storychief strapi strava streak stripe stripo stytch sugester sumo sumologic supabase supernotes
supertokens surge surveyanyplace surveybot surveymonkey surveysparrow survicate swell swiftype tableau
tailscale tallyfy tatum tatumio tavily taxjar teamgate teamwork teamworkcrm teamworkspaces
technicalanalysisapi tefter telegram telesign teletype telnyx tencent terraform text2data textmagic theoddsapi
thingsboard thinkific thousandeyes ticketmaster tickettailor tiingo timecamp timezoneapi tines tinybird tly
tmetric todoist together toggl tokeet tomorrowio tomtom tradier transferwise travelpayouts travis travisci
trello truenas trufflehog tumblr turso twelvedata twilio twist twitch twitchtv twitter tyntec typeform
typetalk ubidots uclassify umami unify unifyid unleash unplu unplugg unsplash upcdatabase uplead uploadcare
upstash uptimerobot upwave urlscan userflow userstack vagrant vagrantcloud vatlayer vbout vercel verifier
verimail veriphone versioneye viewneo virustotal visualcrossing voiceflow voicegain vonage voodoosms vouchery
voyage voyageai vpnapi vultr vyte wakatime walkscore wandb watsonx weatherapi weatherbit weatherstack
web3storage webex webflow webscraper webscraping websitepulse wechat wepay whoxy wise wistia wiz woocommerce
wordpress wordsapi workato workiom workos worksnaps workstack worldcoinindex worldweather wrike wundergraph
xai xata xendit xero yandex yelp ynab youneedabudget yousign youtube zapier zapierwebhook zendesk zenkit
zenkitapi zenrows zenscrape zenserp zeplin zerobounce zerotier zhipu zipapi zipbooks zipcodeapi zipcodebase
zoho zonka zonkafeedback zoom zulip zulipchat zuora
"""
NAMES: Final = frozenset(_LIST.split())
