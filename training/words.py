"""The word list that the sentence grammar draws from, written for it.

Owns: everyday English words by kind. Promises: plain words in lower case (names capitalised), British spelling, no digits; order
matters to the seeds, so new words go at the end of a list.
"""

NAMES = """Anna Ben Clara David Emma Frank Grace Harry Isla Jack Kate Liam Maria Noah Olivia Peter Quinn Rosa Sam Tessa Uma Victor Wendy
Alice Bruno Carmen Daniel Elena Felix Georgia Hugo Irene James Karen Leo Martha Nina Oscar Paula Robert Sarah Thomas Ursula Vera Walter
Yusuf Zoe Arthur Beth Charles Diana Edward Fiona George Helen Ivan Julia Kevin Laura Michael Nora Owen Patrick Rachel Simon Tina Philip
Margaret Joseph Lucy Henry Ruth Adam Sophie Luke Amelia Stephen Jane Andrew Megan Richard Heather""".split()

PLACES = """London Paris Bristol Oxford Dublin Boston Berlin Madrid Rome Vienna Oslo Lisbon Athens Cairo Sydney Chicago Denver Texas Wales
Scotland Ireland France Spain Italy Germany Norway Canada Mexico Brazil India China Japan Egypt Kenya Poland Sweden Finland Greece Turkey
Leeds York Cambridge Edinburgh Glasgow Manchester Liverpool Portugal Australia America England Europe Africa Asia""".split()

PEOPLE = """man woman boy girl child teacher doctor nurse farmer driver baker singer writer painter neighbour friend brother sister mother
father uncle aunt cousin grandmother grandfather student pilot sailor soldier judge lawyer waiter cook engineer builder gardener shopkeeper
policeman postman dentist scientist musician player dancer captain king queen guest visitor stranger customer manager tenant daughter son
wife husband baby pupil worker leader artist actor reporter secretary cleaner guard thief hunter fisherman carpenter librarian tourist
passenger traveller speaker listener owner partner colleague boss""".split()

ANIMALS = """dog cat horse cow sheep goat pig duck hen goose bird owl eagle fox wolf bear mouse rabbit squirrel frog fish snake spider bee
butterfly tiger lion monkey elephant donkey pigeon swan whale seal hedgehog pony puppy kitten lamb parrot""".split()

THINGS = """book letter table chair door window key lamp clock phone bag box cup plate bottle knife spoon glass shirt coat hat shoe sock
glove ring watch pen pencil paper map ticket picture mirror bed pillow blanket carpet curtain candle basket bucket ladder hammer rope wheel
bicycle car bus train boat ship plane suitcase camera radio computer screen printer newspaper magazine card stamp envelope parcel present
toy ball doll kite drum guitar piano violin flag fence gate wall roof floor ceiling stairs shelf drawer cupboard oven fridge kettle pan pot
bowl jar tin tray towel soap brush comb scarf umbrella jacket jumper dress skirt trousers boots belt button needle thread stone stick leaf
flower branch tree bench statue fountain bridge tower engine machine battery cable switch tool nail screw pipe tap bath sofa desk report
story song poem film photograph notebook diary contract bill coin purse wallet helmet tent torch sandwich""".split()

FOODS = """bread butter cheese milk tea coffee water juice soup rice pasta meat chicken fish salad fruit sugar salt pepper honey jam cake
chocolate ice_cream toast porridge pie pudding beans peas onions carrots potatoes tomatoes mushrooms apples oranges bananas lemons grapes
cherries strawberries eggs bacon biscuits yoghurt garlic oil vinegar mustard flour cabbage spinach lettuce cucumber wine beer lemonade""".split()

SPOTS = """house kitchen garden street park school office station shop market church hospital library museum hotel restaurant cafe bank
theatre cinema beach river lake forest field mountain hill valley village town city island harbour airport factory farm garage cellar attic
hall bathroom bedroom playground stadium square corner road path bridge tunnel castle palace prison court tower university college bakery
chemist supermarket swimming_pool canteen stable barn meadow desert coast border waterfall cave""".split()

ADJECTIVES = """old new big small large little long short tall high low young good bad nice great fine beautiful ugly clean dirty dry wet hot
cold warm cool dark light bright heavy soft hard strong weak fast slow quick quiet loud early late rich poor cheap expensive easy difficult
simple strange funny sad happy angry tired hungry thirsty brave kind clever stupid lazy busy free full empty open closed safe dangerous
famous important different same whole broken lost hidden sharp flat round square narrow wide deep thick thin rough smooth sweet bitter sour
fresh rotten wild calm gentle proud shy polite rude honest lucky curious careful careless nervous patient serious secret silent sudden
terrible wonderful excellent modern ancient golden silver wooden red blue green yellow black white brown grey orange purple pink pale
crowded lonely foreign local public private perfect useful useless familiar enormous tiny huge average ordinary special spare
pleasant awful healthy ill sick comfortable popular successful""".split()

ADVERBS = """quickly slowly quietly loudly carefully suddenly finally usually always never often sometimes rarely again already almost
nearly really perfectly badly well gently easily hardly early late together alone outside inside upstairs downstairs everywhere today
yesterday tomorrow soon later now then once twice immediately secretly bravely happily sadly politely honestly exactly probably certainly
clearly completely simply recently""".split()

# base, third person, past, participle, -ing. Transitive verbs, that take a thing.
TAKING = """see/sees/saw/seen/seeing find/finds/found/found/finding buy/buys/bought/bought/buying sell/sells/sold/sold/selling
take/takes/took/taken/taking bring/brings/brought/brought/bringing carry/carries/carried/carried/carrying hold/holds/held/held/holding
lose/loses/lost/lost/losing make/makes/made/made/making build/builds/built/built/building break/breaks/broke/broken/breaking
mend/mends/mended/mended/mending clean/cleans/cleaned/cleaned/cleaning paint/paints/painted/painted/painting open/opens/opened/opened/opening
close/closes/closed/closed/closing push/pushes/pushed/pushed/pushing pull/pulls/pulled/pulled/pulling throw/throws/threw/thrown/throwing
catch/catches/caught/caught/catching drop/drops/dropped/dropped/dropping hide/hides/hid/hidden/hiding show/shows/showed/shown/showing
give/gives/gave/given/giving send/sends/sent/sent/sending borrow/borrows/borrowed/borrowed/borrowing keep/keeps/kept/kept/keeping
use/uses/used/used/using need/needs/needed/needed/needing want/wants/wanted/wanted/wanting like/likes/liked/liked/liking
love/loves/loved/loved/loving hate/hates/hated/hated/hating know/knows/knew/known/knowing remember/remembers/remembered/remembered/remembering
forget/forgets/forgot/forgotten/forgetting touch/touches/touched/touched/touching move/moves/moved/moved/moving lift/lifts/lifted/lifted/lifting
watch/watches/watched/watched/watching draw/draws/drew/drawn/drawing write/writes/wrote/written/writing read/reads/read/read/reading
choose/chooses/chose/chosen/choosing check/checks/checked/checked/checking measure/measures/measured/measured/measuring
fix/fixes/fixed/fixed/fixing steal/steals/stole/stolen/stealing fill/fills/filled/filled/filling empty/empties/emptied/emptied/emptying
wash/washes/washed/washed/washing cut/cuts/cut/cut/cutting turn/turns/turned/turned/turning share/shares/shared/shared/sharing
copy/copies/copied/copied/copying describe/describes/described/described/describing examine/examines/examined/examined/examining
return/returns/returned/returned/returning deliver/delivers/delivered/delivered/delivering order/orders/ordered/ordered/ordering
collect/collects/collected/collected/collecting follow/follows/followed/followed/following change/changes/changed/changed/changing
leave/leaves/left/left/leaving wear/wears/wore/worn/wearing notice/notices/noticed/noticed/noticing ignore/ignores/ignored/ignored/ignoring
explain/explains/explained/explained/explaining destroy/destroys/destroyed/destroyed/destroying protect/protects/protected/protected/protecting"""

# Intransitive ones, that go with a place or an adverb.
DOING = """walk/walks/walked/walked/walking run/runs/ran/run/running sit/sits/sat/sat/sitting stand/stands/stood/stood/standing
sleep/sleeps/slept/slept/sleeping wait/waits/waited/waited/waiting work/works/worked/worked/working play/plays/played/played/playing
sing/sings/sang/sung/singing dance/dances/danced/danced/dancing laugh/laughs/laughed/laughed/laughing cry/cries/cried/cried/crying
smile/smiles/smiled/smiled/smiling talk/talks/talked/talked/talking speak/speaks/spoke/spoken/speaking listen/listens/listened/listened/listening
swim/swims/swam/swum/swimming fall/falls/fell/fallen/falling jump/jumps/jumped/jumped/jumping live/lives/lived/lived/living
arrive/arrives/arrived/arrived/arriving leave/leaves/left/left/leaving stay/stays/stayed/stayed/staying study/studies/studied/studied/studying
travel/travels/travelled/travelled/travelling drive/drives/drove/driven/driving fly/flies/flew/flown/flying shout/shouts/shouted/shouted/shouting
whisper/whispers/whispered/whispered/whispering rest/rests/rested/rested/resting hurry/hurries/hurried/hurried/hurrying
cook/cooks/cooked/cooked/cooking eat/eats/ate/eaten/eating drink/drinks/drank/drunk/drinking climb/climbs/climbed/climbed/climbing
disappear/disappears/disappeared/disappeared/disappearing appear/appears/appeared/appeared/appearing begin/begins/began/begun/beginning
meet/meets/met/met/meeting argue/argues/argued/argued/arguing dream/dreams/dreamed/dreamed/dreaming practise/practises/practised/practised/practising"""

DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = "January February March April May June July August September October November December".split()
ORDINALS = """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth
seventeenth eighteenth nineteenth twentieth twenty_first twenty_second twenty_third twenty_fourth twenty_fifth twenty_sixth twenty_seventh
twenty_eighth twenty_ninth thirtieth thirty_first""".split()
UNITS = """pounds dollars euros minutes hours days weeks months years metres kilometres miles litres grams kilograms degrees percent pages
people pupils steps seconds""".split()
WEATHER = """raining snowing sunny cloudy windy foggy stormy freezing hot cold warm mild dry wet""".split()
FEELINGS = """sorry sure afraid glad certain ready late tired hungry happy ill well busy lost free angry worried surprised pleased bored""".split()
IDEAS = """time weather music money work idea plan answer question problem reason mistake luck news truth story journey holiday party
meeting lesson game match test exam job price size colour shape sound noise smell taste voice dream memory promise secret rule law war peace
love health help advice information knowledge power future past end beginning middle rest difference history science art language word name
number address decision choice chance danger trouble accident silence darkness summer winter spring autumn morning evening night week
century moment birthday wedding breakfast lunch dinner conversation education freedom government experience opinion business traffic
village direction distance speed weight temperature pressure energy pain pleasure surprise success failure change""".split()


def forms(block):
    """The verb table as a list of five-tuples."""
    return [tuple(entry.split("/")) for entry in block.split()]


def everything():
    """Every word of every list."""
    lists = NAMES + PLACES + PEOPLE + ANIMALS + THINGS + FOODS + SPOTS + ADJECTIVES + ADVERBS + DAYS + MONTHS + ORDINALS + UNITS + WEATHER + FEELINGS + IDEAS
    return [word.replace("_", " ") for word in lists] + [form for block in (TAKING, DOING) for verb in forms(block) for form in verb]
