"""More everyday words, with their forms: what the ear must be able to spell beyond the grammar's own list.

Owns: words by the way they inflect, written for it. Promises: lower case, British spelling, no digits. `words()` gives every form.
"""

import re

from . import words as grammar

# Take -s (or -es, -ies).
NOUNS = """ability absence access account acre act action activity actress addition address adult advantage adventure advert affair age agency agent
agreement aid aim air alarm album alley almond ambition ambulance amount anchor angle ankle anniversary ant apartment apology appetite applause
application appointment apron arch archive area arena argument arm armchair army arrangement arrow article ash assistant athlete atmosphere attempt
attitude audience author autograph avenue award axe back backpack bacon badge bagpipe balance balcony ballet balloon bamboo banana band bandage
banjo banner bar barber bargain bark barrel barrier base basement basin basis bat bathtub bay beach bead beak beam bean beard beast beat beetle
beginner behaviour belief bell benefit berry bicycle bin biography birch bird birth bite blade blame blast block blood blouse board bomb bond bone
bonfire bonus bookcase bookshop border bottom boundary bow boxer bracelet brain brake brand brass breast breath breeze brick bride broom broth
bruise bubble bud budget buffalo bug builder building bulb bull bullet bump bun bunch bundle burger bus bush butcher butter buyer cabin cabinet
cage calculator calendar calf camel camp campaign canal canary cancer candidate canoe canvas cap capital caption car caravan care career carriage
carrot cart cartoon case cash castle category cathedral cattle cause ceremony chain chairman chalk challenge champion channel chapel chapter
character charge charity chart cheek cheque cherry chess chest chief chimney chin chip choir chorus chord cigar circle circuit circus citizen civilian
claim class classroom claw clay cliff climate clinic cloak cloth cloud clown club clue coach coal coast cobweb cock cocktail coconut code coffin
collar collection college column comedy command comment committee companion company comparison competition complaint composer computer concept
concert conclusion condition conference confidence conflict congress connection contact container contest context continent control convention
copper copy cork corn corridor cost costume cottage cotton couch council counter country county couple courage course courtyard cover crab crack
cradle craft crane crash cream creature credit creek crew cricket crime criminal crisis crop cross crow crowd crown crumb crust crystal cube cuckoo
cue culture cupboard cure current curve cushion custom cycle cyclist dad dairy damage dart dash data date dawn daylight deadline deal death debate
debt decade deck decoration deer defeat defence degree delay delight delivery demand democracy depth deputy design desire dessert detail detective
device devil dew diagram dialogue diamond diet dinosaur dirt disaster discount discovery discussion disease dish disk display dispute distance
district ditch doctor document dolphin donor doorbell doorway dot doubt dough dove dozen dragon drain drama dream drill drop drug dryer duchess
duke dust duty dwarf ear earring earth earthquake east echo economy edge edition editor effect effort elbow election element elevator emergency
emotion emperor employee employer empire encounter enemy entrance entry environment episode equipment error escape essay estate evidence example
exchange excuse exercise exhibition exit expense expert explanation explosion express extent eye eyebrow eyelid fabric face fact factor fair fairy
faith fame family fan fare farmhouse fashion fault favour fax fear feast feather feature fee feeling fellow festival fever fiction field fight figure
file finger fire fireplace firework firm flame flash flask flat flavour flea fleet flight flock flood flow fluid flute foam fog folder fool football
footpath footprint footstep force forehead forecast forehand form fortnight fortune fossil foundation fox fraction frame freezer frequency friction
friendship fright fringe frost fuel fun function fund funeral fur furniture future gain galaxy gallery gallop gang gap garlic garment gas
gathering gear gem general generation gentleman gesture ghost giant gift girl girlfriend giraffe glance glider goal goat god gold golf gossip gown
grain gram grammar grandchild grandson granddaughter grape graph grass grave gravel gravity grief grip grocer ground group growth guess guide guilt
gulf gull gum gun gutter guy gym habit hail hair haircut hairdresser ham hamburger handle handbag handful handkerchief handshake hanger harbour hare
harvest hat hawk hay head headache headline headmaster headphone heap heart heat heater heaven hedge heel height heir helicopter hen herb herd hero
hill hint hip hobby hockey hole home homework hood hook hope horizon horn horror hose host hostel hour household housewife human humour hut hymn ice
icon identity igloo illness image imagination impact importance impression improvement inch incident income increase index industry infant influence
ink inn insect inside inspector instance instruction instrument insurance intention interest interview introduction invention investment invitation
iron island issue item ivory jaw jazz jeep jelly jewel jigsaw joke joint journal journalist joy jug jungle jury justice kangaroo keeper kerb keyboard
kick kid kidney kilo kingdom kiss kit knee knight knot label labour lace lad lady lake lamp land landlady landlord landmark landscape lane language
lantern lap laser laundry lawn layer lead leader leaflet league leather lecture leg legend leisure lens leopard level licence lid lie lifeguard lifetime
light lighthouse lightning lily limb limit line link lip liquid list literature litter liver lizard load loaf loan lobby lobster location lock locker
log look loop lord lorry loss lot lottery lounge lover luggage lump lunchtime lung machine magic magician magnet maid mail mailbox major majority
make-up mammal management mansion manner map marathon marble march margin mark marriage mask mass master mat match material mate matter mattress
maximum mayor maze meal meaning means measure medal media medicine medium melon member memorial menu merchant mess message metal method midday midnight
milkman mill mine mineral minister minority minute miracle mist mixture mode model modem monster monument mood moon moonlight morning mosque mosquito
motel moth motion motive motor motorbike motorway mouth movement movie mud mug mum murder muscle mushroom mustache myth nail name nation nature navy
neck necklace need neighbourhood nephew nerve nest net network newcomer niece night nightmare noon north nose note nothing nought nurse nursery nut
oak oar oat object occasion ocean odour offer officer official onion opening opera operation operator opponent opportunity opposite option orchard
orchestra order organ organisation origin other outcome outfit outline oven owl owner ox oyster pace pack package packet pad paddle page paint pair
palm pan panda panel panic panther parade paradise paragraph parent park parliament part particle party passage passion passport past paste pasture
patch path patience patient pattern pause pavement paw pay payment pea peach peacock peak peanut pear pearl pedestrian peel peg penalty penguin penny
pension pepper performance perfume period permission permit person pet petal petrol petticoat phase phrase physics pianist pickle picnic piece pier pig
pile pill pillar pin pine pineapple pint pioneer pirate pistol pit pitch pity pizza place plain plan planet plank plant plaster plastic plateau platform
platter play playground plaza plot plough plug plum plumber plus pocket poem poet poetry point poison pole police policy politics pond pony pool
popcorn population porch port portion portrait position post postcard poster pot potato pottery pound poverty powder praise prayer preacher preparation
presence president press pressure price pride priest prince princess principle print prison prisoner privacy prize problem procedure process procession
product profession professor profile profit program programme progress project promise proof property proposal prospect protest province public
publisher pudding puddle pulse pump pumpkin punch puncture punishment puppet purchase purple purpose push puzzle pyjama pyramid quality quantity
quarrel quarter queue quilt quiz quote race rack radiator radish raft rag rail railway rain rainbow raincoat rainfall ranch range rank rat rate ratio
raven ray razor reach reaction reader reality receipt reception recipe recommendation record recording recovery reduction reed referee reference
reflection refugee region regret relation relationship relative relief religion remark remedy removal rent repair repeat reply report request rescue
research reserve resident resource respect response rest result retirement return revenge reward rhythm rib ribbon rice rider ridge rifle right rink
riot risk ritual rival road robber robbery robe robin robot rock rocket rod role roll romance root rose route routine row rubber rubbish rug ruin ruler
rumour run runner runway rush sack saddle safety sail saint sake salad salary sale salmon sample sand sandal sauce saucepan saucer sausage saving
scale scandal scar scene scenery schedule scheme scholar schoolboy schoolgirl scissors scooter score scratch scream screwdriver script sculpture sea
seafood seagull search season seat second section sector seed selection self sense sentence series servant service session set setting settlement
shade shadow shake shame shampoo share shark shed sheet shell shelter shepherd shield shift ship shock shoelace shoot shop shopping shore shot
shoulder shovel shower shrimp sigh sight sign signal signature silk sin singer sink sip sir site situation size skate skeleton sketch ski skill skin
skull sky skyscraper slave sleeve slice slide slipper slope smoke snack snail snow snowball snowman society sock soil soldier solution son sore sort
soul source south souvenir space spade spark sparrow speaker species spectator speech spell spider spirit split sponge sponsor sport spot spray spring
spy squad stadium staff stage stain staircase stake stall standard star start state statement station status steak steam steel stem step stew stick
stitch stock stocking stomach stool stop store storey storm stove stranger straw strawberry stream strength stress stretch strike string strip stripe
stroke structure struggle student studio study stuff style subject submarine suburb subway suggestion suit sum summit sun sunflower sunglasses sunlight
sunrise sunset sunshine supper supply support surface surgeon surgery surname survey suspect swan sweat sweater sweet swing sword syllable symbol
sympathy symptom syrup system tablet tail tailor tale talent talk tank tape target task taste tax taxi team teapot tear teaspoon technique technology
teenager telegram telephone telescope television temper temple tendency tennis tension term terrace terror text textbook theft theme theory therapy
thermometer thigh thing thirst thorn thought threat throat throne thumb thunder thunderstorm tide tie tiger tile timber timetable tip tissue title toad
toast tobacco toe toilet tomb ton tongue tonne tooth toothache toothbrush toothpaste top topic tortoise total touch tour tourism tournament town track
tractor trade tradition traffic tragedy trail trailer trainer transfer transport trap trash travel traveller treasure treat treatment treaty trial
triangle tribe trick trip triumph troop trophy trouble trousers truck trumpet trunk trust truth tube tulip tune turkey turn turtle tutor twin twist type
tyre umbrella uncle underground understanding underwear uniform union unit universe use user vacation vaccine valley value van vanilla variety vase
vegetable vehicle veil vein verb verse vest vet victim victory video view viewer villa villager vine violence virtue virus vision visit vitamin vocabulary
voice volcano volleyball volume volunteer vote voyage wage wagon waist waiter waitress walk walnut want ward wardrobe warehouse warmth warning warrior
wasp waste watch watermelon wave wax way wealth weapon weather web website weed weekday weekend welcome well west whip whistle whole wick widow width
wild will willow win wind windmill wing winner wire wish witch witness wizard wonder wood wool workman workshop world worm worry wound wrist writer
wrong yard year yolk youth zebra zero zip zone zoo""".split()

# Take -s, -ed, -ing.
VERBS = """accept accuse ache achieve acquire act adapt add adjust admire admit adopt advance advertise advise afford agree aim alarm allow amaze amuse
announce annoy answer apologise appeal apply appoint appreciate approach approve arrange arrest ask assemble assist assume assure attach attack attempt
attend attract avoid back bake balance bark bathe battle beg behave believe belong bless blink block boast boil book bore bother bounce bow brake breathe
brush burn bury buzz calculate call calm camp cancel care carve cause cease celebrate challenge charge chase chat cheat cheer chew chop claim clap clear
click close collapse combine comb comfort command comment communicate compare compete complain complete concentrate concern confess confirm confuse
congratulate connect consider consist contain continue contribute control convert convince correct cough count cover crack crash crawl create cross crush
cure curl cycle damage dare deal decide declare decorate decrease defeat defend delay delete delight demand deny depart depend deserve design desire
destroy develop dig dine direct disagree disappoint discover discuss dislike dismiss display dissolve disturb divide double doubt drag drain dress drift
drill drip drown dry dust earn educate elect embarrass employ encourage end enjoy enter entertain escape establish estimate evaporate exaggerate excite
excuse exercise exist expand expect experiment explode explore express extend face fade fail faint fasten fear feast fetch file film finish fish fit flash
float flood flow fold fool force form found frame freeze frighten fry gain gather gaze glance glow glue grab grant greet grin grip groan guarantee guard
guess guide hand handle hang happen harm head heal heat help hesitate hint hire hop hope hover hug hum hunt hurt identify imagine impress improve include
increase influence inform inherit injure insist inspect install instruct insult intend interest interrupt introduce invent invest invite iron irritate
itch jog join joke judge juggle kick kill kiss kneel knit knock label land last launch lean learn lick lie lighten like limit link list load lock log long
look lower manage march mark marry match matter mean melt mention mix moan mow multiply murder nail name neglect nod note number obey object observe obtain
occupy occur offend offer operate oppose organise overlook owe own pack paddle park participate pass paste pause peel perform permit persuade phone pick
pinch place plan plant plead please plough plug point poison polish post postpone pour pray preach predict prefer prepare present preserve press pretend
prevent print proceed produce profit promise pronounce propose prove provide publish pump punish purchase puzzle qualify quarrel question queue race rain
raise rattle reach react realise receive recognise recommend record recover reduce refer reflect refuse regret relate relax release rely remain remark
remind remove rent repair repeat replace reply report represent request rescue research resemble reserve resign resist respect respond restore retire
reveal reward rob rock roll row rub ruin rule rush sail satisfy save scare scatter scold score scrape scratch scream search select separate serve settle
shape share shave shelter shiver shock shop shrug sigh sign signal sip skate ski skip slam slice slip slow smell smoke snatch sneeze sniff snore snow soak
solve sort sound spare sparkle spell spill spoil spot spray sprinkle squash squeeze stain stamp stare start starve state steer step stir stop store strap
stretch struggle stuff succeed suck suffer suggest suit supply support suppose surprise surround survive suspect suspend swallow switch tap taste tease
telephone tempt tend terrify test thank threaten tick tickle tidy tie tip tire tour tow trace trade train transfer translate transport trap treat tremble
trick trip trust try tug tumble tune twist type undress unite unlock unpack upset urge vanish vary view visit vote wander warm warn waste water wave weigh
welcome whistle wink wipe wish wonder worry wrap wreck yawn yell""".split()
DOUBLING = set("""admit beg chat chop clap control drag drip drop fit grab grin grip hop hug hum jog knit log mix nod occur permit plan plug prefer refer
regret rob rub ship shop shrug sip skip slam slip spot step stir stop strap tap tip tow transfer trap trip tug wrap cancel quarrel signal dig upset""".split()) - {"mix", "tow"}

# Take -ly, -er, -est where that is said.
ADJECTIVES = """able absent absolute abstract academic accurate active actual additional advanced adult afraid aggressive alive alone amazing
ambitious ample amusing anxious apparent appropriate artificial ashamed asleep attractive automatic available aware awkward bare basic bent
bitter blank blind blond bold bright brilliant broad calm capable casual central certain cheerful chief civil clear clever close common
complete complex confident confused conscious constant content convenient correct cosy crazy cruel curly daily dead deaf dear decent deep definite
delicate delicious delighted dense digital direct disabled distant double dramatic dull dusty eager eastern economic edible efficient elderly
electric elegant emotional endless enthusiastic entire equal essential eventual evil exact exciting exhausted extra extraordinary extreme faint fair
faithful false fancy fantastic fashionable fatal favourable favourite female fierce final firm fit flexible fluent foolish formal former fortunate frank
frequent friendly frightened frozen frequent generous genuine glad glorious golden grand grateful greasy greedy guilty handsome handy helpful helpless
historic hollow holy hopeful hopeless horrible hot human humble hungry icy ideal identical idle illegal imaginary immense impatient impossible
impressive incredible independent indoor inner innocent intelligent intense interesting internal international jealous joint jolly junior keen large
lasting latest lazy left legal level lively loose lovely low loyal mad magic magnificent main major male marine married marvellous massive mature
medical medium mental mere mild military minor miserable misty mixed mobile moderate modest moral muddy musical mutual mysterious narrow nasty national
native natural naughty naval near nearby neat necessary negative neutral noble noisy normal northern nuclear numerous obvious odd official only
opposite optional oral original outdoor outer outside oval overall painful painless parallel particular passive peaceful peculiar permanent personal
physical plain plastic playful pleasant plenty political pointless positive possible powerful practical precious precise pregnant previous
primary prime principal private probable productive professional profitable prompt proper proud pure puzzled quick quiet radical random rapid rare raw
real realistic reasonable recent regular related relative relevant reliable religious remarkable remote respectable responsible
ridiculous right ripe risky romantic rotten royal rural sacred salty satisfied scared scientific selfish senior sensible sensitive
severe shallow shiny shocked short significant silly similar single skilful sleepy slight slim smart smooth sober social solid sore sour southern
specific spicy spiritual splendid spotless stable steady steep sticky stiff still stormy straight strict striking stubborn stunning subtle
successful suitable sunny super superb sure surprising suspicious swift sympathetic talented tasty technical temporary tender
tense terrific thankful thorough thoughtful tidy tight tropical true typical ugly unable uncertain unfair unhappy unique united universal unknown unlikely
unlucky unpleasant unusual upper upset urban urgent usual vague valid valuable various vast vertical vicious violent visible visual vital
vivid warm weekly weird western wicked widespread willing windy wise witty worried worse worst worth worthy wrong yearly young""".split()

# As they are: small words, irregular forms, plurals, adverbs, and what the grammar's own list lacks.
OTHERS = """a about above across after afterwards against ago ahead almost along already also although altogether always am among an and anybody
anyhow anyone anything anyway anywhere apart are aren't around as aside at away back be became because become becomes been before behind being below
beneath beside besides best better between beyond both but by can can't cannot could couldn't did didn't do does doesn't doing don't done down
during each either eleven eighty else elsewhere enough etc even ever every everybody everyone everything everywhere except far farther few fewer fewest
for forever forth forward forwards from further furthermore goodbye had hadn't half hardly has hasn't have haven't having he he'd he'll he's hello hence
her here here's hers herself hey hi him himself his how however hundred I I'd I'll I'm I've if in indeed inside instead into is isn't it it'd it'll
it's its itself just least less let let's like likely little lots many may maybe me meanwhile might million mine more moreover most much must mustn't
my myself near nearly needn't neither never nevertheless next no nobody none nor not nothing nowadays nowhere of off oh ok okay on once one oneself onto or
other others otherwise ought our ours ourselves out over overseas own per perhaps please plenty quite rather round same shall shan't she she'd she'll
she's should shouldn't since so some somebody somehow someone something sometime sometimes somewhat somewhere soon still such than that that'll that's the their
theirs them themselves then there there's therefore these they they'd they'll they're they've this those though thousand through throughout thus till to today
together tomorrow tonight too towards twice under underneath undo unless unlike until up upon upwards us very via was wasn't we we'd we'll we're we've were
weren't what what's whatever when whenever where where's whereas wherever whether which while who who'd who'll who's whoever whole whom whose why will with
within without won't worldwide would wouldn't yeah yes yet you you'd you'll you're you've your yours yourself yourselves
arose awake awoke bear bore born beaten became bend bent bet bid bind bound bite bit bitten bleed bled blow blew blown blowing breed bred broadcast burnt
burst came come comes coming cling clung cost creep crept deal dealt dig dug dreamt fed feed feeds feeding feel feels felt feeling fight fought flee fled
forbid forbidden forgave forgive forgiven froze frozen gave get gets got getting gone go goes going went grew grow grows grown growing grind ground hang hung
hear hears heard hearing hit hits hitting held hurt knelt laid lay lays laying lead leads led leading leant leap leapt learnt lend lends lent lending let
lets letting lain light lit lying meant mistake mistook mistaken mow mown overcame paid pay pays paying put puts putting quit ride rides rode ridden riding
rise rises rose risen rising rang ring rings rung ringing said say says saying seek sought set sets setting sew sewn shake shakes shook shaken shaking shed
shine shines shone shining shoot shoots shot shooting shrink shrank shrunk shut shuts shutting sink sinks sank sunk sinking slide slid sliding sling
smelt sow sown spend spends spent spending spill spilt spin spins spun spinning spit spat split spoilt spread spreads spreading spring sprang sprung
stick sticks stuck sting stung stink stank stride strode strike strikes struck striking swear swore sworn sweep sweeps swept sweeping swell swollen swing
swings swung swinging teach teaches taught teaching tear tears tore torn tearing tell tells told telling think thinks thought thinking thrust tread trod
understand understands understood understanding undo undone wake wakes woke woken waking weave wove woven weep wept win wins won winning wind winds wound
winding withdraw withdrew wring wrung
children men women people feet teeth mice geese sheep fish knives lives wives wolves leaves shelves halves thieves loaves calves scarves hooves
glasses scissors trousers clothes thanks goods stairs headquarters mathematics economics gymnastics athletics measles
abroad accidentally actually anxiously apparently approximately barely basically briefly constantly currently deliberately desperately directly
earlier easier easiest especially essentially eventually evidently extremely fairly farthest faster fastest finally firstly fortunately frequently fully
generally gradually greatly happier happily hastily heavily hopefully immediately inevitably largely later latest lately lightly longer longest loosely
lower lowest mainly merely mostly mysteriously namely naturally neatly necessarily newly nervously normally obviously occasionally older oldest only originally
otherwise particularly partly patiently personally physically politely possibly practically precisely presumably previously principally promptly properly
purely quicker quickest quietly rapidly readily reasonably recently regularly relatively reluctantly repeatedly roughly safely scarcely seldom
separately seriously severely sharply shortly silently similarly simultaneously slightly smaller smallest smoothly softly solely somewhat specially
specifically steadily stronger strongest strictly strongly successfully sufficiently surely surprisingly taller tallest temporarily terribly thereafter
thoroughly tightly totally truly typically unexpectedly unfortunately unusually utterly virtually warmer widely wider wildly worse worst younger youngest
north south east west northern southern eastern western Christmas Easter God Internet English French German Spanish Italian Chinese Japanese Russian
American British European African Asian Indian Irish Scottish Welsh Greek Roman Dutch Swedish Polish Turkish Russia Belgium Holland Denmark Austria
Switzerland Hungary Iceland Israel Korea Vietnam Thailand Argentina Chile Peru Cuba Jamaica Nigeria Pakistan Zealand California Florida Washington
Mister Missus Miss Doctor Sir Madam Mum Dad Granny Grandpa aunty
zero nil dozen billion quarter third fifths tenths percent pence pounds ounces inches yards acres tons gallons pints
afternoon bedtime birthday countryside cupboard daytime downstairs fireplace fisherman football footsteps goodnight grandparents handwriting headlights
housework keyhole landlord lifeboat lunchbox milkshake motorcycle newspaper nightfall notebook outdoors overnight playtime postbox postman railway rainwater
riverbank rooftop sailboat seaside seatbelt sideways snowflake somebody spaceship springtime staircase streetlamp suitcase sunlight teacup timetable tiptoe
toothbrush upside waterproof weekend wheelbarrow wheelchair windowsill woodland workbench yesterday""".split()


def plural(word):
    if word[-1] == "y" and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")


def past(verb):
    if verb in DOUBLING:
        return verb + verb[-1] + "ed"
    if verb[-1] == "y" and verb[-2] not in "aeiou":
        return verb[:-1] + "ied"
    return verb + ("d" if verb[-1] == "e" else "ed")


def going(verb):
    if verb in DOUBLING:
        return verb + verb[-1] + "ing"
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    return (verb[:-1] if verb[-1] == "e" and verb[-2] not in "eoy" else verb) + "ing"


def adverb(word):
    if word.endswith("ly"):
        return word
    if word.endswith("ic"):
        return word + "ally"
    if word.endswith("le") and word[-3] not in "aeiou":
        return word[:-1] + "y"
    return (word[:-1] + "i" if word[-1] == "y" else word) + "ly"


def compared(word):
    """The comparative and the superlative of a short adjective, as it is spelt when nothing is doubled."""
    stem = word[:-1] + "i" if word[-1] == "y" and word[-2] not in "aeiou" else word.removesuffix("e")
    return stem + "er", stem + "est"


def short(word):
    """Whether an adjective is compared by its ending, without doubling: one group of vowels, or two with a final y."""
    groups = len(re.findall("[aeiouy]+", word.removesuffix("e")))
    return (groups == 1 or groups == 2 and word[-1] == "y") and not re.search("[^aeiouy][aeiou][bdgmnpt]$", word)


def words():
    """Every form, sorted: of the words here, and of the grammar's own list."""
    out = {*OTHERS, *ADJECTIVES, *map(adverb, ADJECTIVES)}
    out.update(form for word in {*ADJECTIVES, *grammar.ADJECTIVES} if short(word) for form in compared(word))
    out.update(plural(word) for word in grammar.PEOPLE + grammar.ANIMALS + grammar.THINGS + grammar.SPOTS + grammar.IDEAS if "_" not in word)
    out.update(form for word in NOUNS for form in (word, plural(word)))
    out.update(form for verb in VERBS for form in (verb, plural(verb), past(verb), going(verb)))
    return sorted(out)
