"""grammar.py - the words of the invented news that writer.py tells.

{a|b} is a choice, [name] a fact of the story (writer.py, Facts). Every choice
holds what is true of the facts, so two reports of one event may choose
otherwise. All of it was written for these tests.
"""

# kind: titles, leads, details, what happens the next day.
KINDS = {
    "bridge": {
        "titles": [
            "{Cracks|Faults} {close|shut} [place] bridge to {lorries|heavy traffic}",
            "[place] bridge {closed|shut} after {inspectors|engineers} find {cracks|damage}",
            "Detours for months as [place] {crossing|bridge} is {closed|shut}"],
        "leads": [
            "The bridge over the [river] at [place] was {closed|shut} to heavy traffic on [day] after {inspectors|engineers} found [n1] cracks in its {main girders|steel arches}, the [org] said.",
            "{Lorries|Trucks} must take a detour of [n2] {kilometres|km} from [day], because [n1] cracks were {discovered|seen} in the bridge that carries the [place] road over the [river]."],
        "details": [
            "Divers had {checked|examined} the piers below the water line for [n3] days before the {order|decision} came.",
            "Repairs {will|may} cost [n4] million crowns and {last|take} until the spring, [person1] of the [org] {told reporters|said}.",
            "Buses may still cross one at a time, at no more than [n5] {kilometres|km} an hour.",
            "Farmers on the eastern bank {complained|protested} that their milk would reach the dairy of [place2] hours late.",
            "The bridge was {built|opened} in 19[yy] and carries [n6] vehicles on a {weekday|working day}.",
            "A {welder|painter} had first {noticed|reported} rust along the seams in the summer, and {wrote|sent} a letter that nobody answered.",
            "Ferries that were sold years ago cannot be {brought|called} back, the [body] {admitted|conceded}."],
        "next": ["The first {lorries|trucks} of the army {brought|carried} steel for an emergency span to [place] on [nextday], and [m1] soldiers began to {bolt|join} it.",
                 "{Work|Labour} on the emergency span goes on {day and night|in three shifts}, and should be {done|finished} in [m2] days."]},
    "ferry": {
        "titles": [
            "Ferry with [n1] {aboard|on board} {runs aground|strands} off [place]",
            "[n1] {rescued|saved} from {stranded|grounded} ferry near [place]",
            "{Fog|Mist} {puts|drives} ferry on {rocks|reef} outside [place]"],
        "leads": [
            "A ferry with [n1] people {aboard|on board} ran onto rocks in {fog|thick fog} outside the harbour of [place] early on [day], and all were brought ashore {unhurt|safe}, the [org] said.",
            "Lifeboats {took|fetched} [n1] {passengers and crew|people} off the ferry [ship] on [day] after she {struck|hit} a reef in sight of [place]."],
        "details": [
            "The [ship] had left [place2] at [hour] with [n2] cars and a {load|cargo} of [goods].",
            "Her {captain|master}, [person1], had [n3] years at sea and {passed|cleared} a breath test, police said.",
            "Water {entered|came into} two of her tanks, and she leaned [n4] degrees to {port|starboard} when the tide went out.",
            "A {buoy|light} that marks the reef had been {dark|out} since [n5] nights, fishermen {claimed|told a radio station}.",
            "Children were {handed|passed} down a ladder to a pilot boat, wrapped in {blankets|coats}.",
            "The {line|company}, [firm], {stopped|cancelled} all sailings until the {inquiry|investigation} has its first {findings|results}.",
            "Oil was {not seen|nowhere seen} on the water, but booms of [n6] metres were {laid|set out} round the hull."],
        "next": ["Two tugs {pulled|dragged} the [ship] off the reef at high water on [nextday] and {took|brought} her into dock with [m1] tons of water inside.",
                 "{Inspectors|Experts} will {open|read out} the voyage recorder this week, and hear [m2] witnesses."]},
    "strike": {
        "titles": [
            "[place] {tram drivers|dockers} {walk out|stop work} over {shifts|rosters}",
            "{Walkout|Strike} {halts|stops} {trams|cranes} in [place] for [n1] {hours|days}",
            "Union of [place] says no to [n2] per cent"],
        "leads": [
            "{Drivers|Crews} of [firm] in [place] {walked out|stopped work} on [day] for [n1] {hours|days} after talks over a new roster {broke down|failed}, and the union {spoke|warned} of more to come.",
            "Nothing moved in the depots of [place] on [day]: [n3] {workers|employees} of [firm] {refused|turned down} an offer of [n2] per cent."],
        "details": [
            "The union's {chair|leader}, [person1], asks for [n4] per cent and two free Sundays a month.",
            "{Managers|The firm} replied that each free Sunday costs [n5] {posts|jobs} and that the tills are empty.",
            "At [hour] pickets {lit|had lit} fires in barrels before the gate, and {handed out|shared} soup with those who came to look.",
            "Schools of [place2] {began|opened} an hour later, since [n6] pupils come by that line.",
            "A {mediator|go-between} from the [org] {met|saw} both sides in a hotel until long after midnight.",
            "It is the {third|fourth} stoppage since 19[yy] in a firm that was {proud|known} for settling quarrels over coffee.",
            "Taxi {fares|prices} doubled, and a shop for bicycles sold all it had by noon."],
        "next": ["Both sides {returned|went back} to the table on [nextday] with a paper of [m1] pages that the {mediator|go-between} had {written|drawn up} overnight.",
                 "The {paper|draft} gives [m2] per cent in two steps and one free Sunday, people who {saw|read} it said."]},
    "fire": {
        "titles": [
            "{Fire|Blaze} {destroys|guts} [goods] {warehouse|store} in [place]",
            "[n1] {firefighters|crews} battle {blaze|fire} at [firm] in [place]",
            "{Smoke|Black smoke} over [place] as {depot|warehouse} of [goods] burns"],
        "leads": [
            "A fire {destroyed|gutted} a {warehouse|store} full of [goods] in [place] on [day], and smoke {drifted|spread} as far as [place2], the [org] said.",
            "[n1] firefighters {fought|battled} through the night to [day] against flames in a {hall|store} of [firm] at the edge of [place]."],
        "details": [
            "The alarm {came|was raised} at [hour], when a guard on his round {smelt|noticed} burning rubber near the loading ramp.",
            "[n2] people from the houses along the canal were {led|taken} to a gymnasium and given {tea|hot soup}.",
            "A roof of [n3] square metres {fell in|collapsed} before dawn; nobody was beneath it.",
            "{Owner|Director} [person1] {put|estimated} the {loss|damage} at [n4] million crowns, and {thanked|praised} the crews.",
            "Sprinklers had been {switched off|out of use} for repairs for [n5] weeks, a {foreman|worker} {said|admitted}.",
            "Water for the hoses was pumped from the [river] over [n6] metres, since two hydrants {were dry|gave nothing}.",
            "The hall dates from 19[yy], when [place] still {lived|earned its bread} from spinning wool."],
        "next": ["{Detectives|Police} {arrested|detained} a former {clerk|driver} of [firm] on [nextday], [m1] years old, whose jacket smelt of petrol.",
                 "A dog {found|discovered} traces of {petrol|fuel} in [m2] places below the rubble."]},
    "court": {
        "titles": [
            "{Ex-mayor|Former mayor} of [place] {jailed|sentenced} over {bribes|kickbacks}",
            "Court in [place] {gives|hands} former mayor [n1] years",
            "[person1s] {guilty|found guilty} in [place] {bribes|land} case"],
        "leads": [
            "A court in [place] {sentenced|sent} the former mayor [person1] to [n1] years in prison on [day] for taking {bribes|money} from builders of a [thing].",
            "[person1], who ran [place] for [n2] years, must go to prison for [n1], {judges|a panel of judges} {ruled|decided} on [day]."],
        "details": [
            "The money, [n3] million crowns, had been {hidden|kept} in {boxes|tins} for biscuits in a summer house near [place2].",
            "{Prosecutors|The prosecution} had {asked for|demanded} two years more; the defence {wants|asked} to go free.",
            "[n4] witnesses were heard since the trial {began|opened}, among them a {chauffeur|gardener} who kept a diary.",
            "{Judge|Presiding judge} [person2] {read|spoke} for [n5] hours, and {called|named} the scheme a shop with two tills.",
            "The builder, [firm], {paid|has paid} a fine of [n6] million crowns and {dropped|withdrew} its own complaint.",
            "It began with a letter to the [org] that was {signed|written} by nobody, in 19[yy]'s old typewriter face.",
            "In the gallery {people|listeners} {hissed|laughed} when the defendant spoke of a {misunderstanding|mistake}."],
        "next": ["Lawyers {lodged|filed} an appeal of [m1] pages on [nextday], and {asked|begged} that their client may wait for it at home.",
                 "The higher court {has|takes} [m2] weeks to {decide|rule} on that."]},
    "dig": {
        "titles": [
            "{Diggers|Archaeologists} {find|unearth} [n1] {graves|burials} under [place] {car park|school}",
            "Old {harbour|port} {comes to light|found} beneath [place]",
            "[place] {dig|excavation} {yields|brings up} [n1] {gold coins|silver coins}"],
        "leads": [
            "Archaeologists have {found|unearthed} [n1] graves and the planks of an old {harbour|landing} under a car park in [place], the [org] {announced|said} on [day].",
            "Under the asphalt of [place] lay a harbour that no map {shows|knows}: the [org] {showed|presented} planks, [n1] graves and a {comb|whistle} of bone on [day]."],
        "details": [
            "The {oldest|earliest} post was {felled|cut} [n2] years ago, rings in the wood {tell|show}.",
            "In one grave lay a {smith|weaver} with the tools of the trade and [n3] beads of {amber|glass}.",
            "{Leader of the dig|Excavation leader} [person1] {knelt|stood} in the mud since [month] with a team of [n4].",
            "The builder of the [thing] planned there must {wait|stop} for [n5] months, and {gets|receives} no money for it.",
            "Visitors may {look|watch} from a footbridge on Sundays; [n6] came to the first of them.",
            "Experts from [place2] {doubt|question} the dating, and {want|ask for} samples of their own.",
            "A dig of 19[yy] had {stopped|ended} one metre above the planks, for lack of {pumps|money}."],
        "next": ["A {diver|student} {lifted|brought up} the stem of a boat on [nextday], [m1] metres long, with the mark of a carver on it.",
                 "It goes into a bath of {wax|sugar} for [m2] years before the museum {shows|gets} it."]},
    "flood": {
        "titles": [
            "[river] {bursts|breaks} its banks at [place], [n1] {flee|leave homes}",
            "{Floods|High water} {cut off|isolate} [place]",
            "[n1] {evacuated|moved} as [river] {rises|swells} at [place]"],
        "leads": [
            "The [river] {broke|burst} its banks at [place] on [day] and [n1] people {left|fled} their homes, the [org] said.",
            "{Helicopters|Soldiers in boats} took people from roofs in [place] on [day] after the [river] rose [n2] centimetres in {one night|a few hours}."],
        "details": [
            "A dyke {gave way|broke} over [n3] metres near the {sawmill|brickworks}, where moles had dug in it.",
            "[n4] cows were {driven|led} up to the churchyard of [place2], the one dry place for miles.",
            "{Power|Electricity} failed at [hour], and the hospital {ran|works} on a generator that an undertaker lent.",
            "{Mayor|The mayor} [person1] {asked|begged} for [n5] thousand sandbags and got half of them.",
            "So much rain had not {fallen|come} in one {week|month} since 19[yy], the weather service {noted|said}.",
            "Trains {turn back|stop} before the viaduct, whose pillars the water {covers|hides} up to [n6] metres.",
            "A baker rowed {bread|rolls} from window to window and {wrote|put} nothing on the bill."],
        "next": ["The water {fell|sank} by [m1] centimetres on [nextday] and left mud, dead fish and a {piano|bus} in the market square.",
                 "{Insurers|Insurance firms} {count|expect} [m2] thousand claims."]},
    "deal": {
        "titles": [
            "[firm] to {buy|acquire} {rival|competitor} [firm2] for [n1] million",
            "[firm2] {says yes|agrees} to [n1] million {offer|bid} from [firm]",
            "{Takeover|Merger} makes [firm] biggest maker of [goods]"],
        "leads": [
            "[firm] of [place] will {buy|acquire} its {rival|competitor} [firm2] for [n1] million crowns, the {two said|makers of [goods] said} on [day].",
            "After [n2] weeks of {talks|whispers} the owners of [firm2] {agreed|said} on [day] to sell to [firm], which {pays|offers} [n1] million crowns."],
        "details": [
            "Together they {make|produce} every third ton of [goods] in the {country|land} and employ [n3] people.",
            "{Chief|Head} [person1] {promised|vowed} that no plant would be {closed|shut} before [n4] years are over.",
            "The {regulator|[org]} must {agree|approve}, and may {demand|ask for} the sale of the works in [place2].",
            "Shares of the buyer were {traded|dealt} at [n5] crowns, in a hall {founded|opened} in 19[yy].",
            "Banks {lend|provide} [n6] million of the {price|sum} over [n2] years.",
            "The founder's grand-daughter, [person2], {keeps|stays with} a tenth and a {seat|chair} on the board.",
            "A third bidder from abroad {withdrew|gave up} on the last evening, {tired|weary} of paper."],
        "next": ["{Shareholders|Owners of small stakes} {sued|went to court} on [nextday], because [m1] crowns a share seem {too little|a poor price} to them.",
                 "A judge {hears|will hear} them in [m2] days."]},
    "final": {
        "titles": [
            "[team] {beat|overcome} [team2] [n1]-[n7] in {cup final|final}",
            "[place] {celebrates|dances} as [team] {win|lift} the cup",
            "Late {goal|strike} by [person1s] {wins|takes} cup for [team]"],
        "leads": [
            "[team] {beat|overcame} [team2] [n1]-[n7] in the {cup final|final} at [place] on [day] and {won|lifted} the cup for the first time since 19[yy].",
            "A goal by [person1] in minute [n2] {won|brought} [team] the cup on [day] before [n3] {spectators|people} in [place]."],
        "details": [
            "The favourites had {led|been ahead} until the break by a header after a corner from the {left|right}.",
            "{Keeper|Goalkeeper} [person2] {stopped|held} a penalty with his foot, [n4] minutes before the end.",
            "Rain had {turned|made} the pitch to soup, and the ball {stuck|stopped} in front of both goals.",
            "The referee {showed|gave} [n5] yellow cards and one red, for a word that {nobody|no microphone} caught.",
            "[n6] buses {brought|carried} followers from [place2], who {sang|drummed} until the ground was locked.",
            "The winners, {whose|a club whose} coach is a {teacher|baker} by day, {play|begin} in Europe in the autumn.",
            "Trainer {and|as well as} players threw their president into the [river], as they had {promised|vowed}."],
        "next": ["[m1] thousand people {lined|filled} the streets on [nextday] when the {team|winners} rode through [place2] on a hay cart.",
                 "The scorer {signed|put his name} for [m2] more years."]},
    "talks": {
        "titles": [
            "{Truce|Ceasefire} talks over [region] {open|begin} in [place]",
            "{Envoys|Delegates} in [place] {agree|settle} on [n1] {day|hour} truce for [region]",
            "{Rebels|Fighters} and {government|army} of [region] meet in [place]"],
        "leads": [
            "{Envoys|Delegates} of the government and of the {rebels|insurgents} in [region] met in [place] on [day] and {agreed|settled} on a truce of [n1] days, the {hosts|mediators} said.",
            "A truce of [n1] days in [region] {stands|was agreed} on paper since [day], after [n2] hours of talks in a monastery at [place]."],
        "details": [
            "Each side {frees|releases} [n3] prisoners, and lets {flour|medicine} pass through the gorge.",
            "{Envoy|Chief negotiator} [person1] would not {shake|take} the hand of his {opponent|counterpart}, but {shared|passed} the salt.",
            "The front runs [n4] kilometres along the [river]; since 19[yy] it {moved|shifted} by less than ten.",
            "[n5] {observers|monitors} in white vans of the [org] shall {watch|see} that the guns are silent.",
            "In [place2] a shell {hit|struck} a mill at [hour], shortly before the news {came|arrived}.",
            "More than [n6] thousand people have {fled|left} the valley, and {live|stay} in tents and sheds.",
            "{Neither|No} side {speaks|talks} of peace yet; the word in the paper is {quiet|silence}."],
        "next": ["The first [m1] prisoners {crossed|walked over} the bridge on [nextday], some on crutches, one with a {violin|dog}.",
                 "Shots {were heard|fell} near the mill, [m2] of them, and each side {blamed|accused} the other."]},
    "outbreak": {
        "titles": [
            "{Fever|Illness} {sends|brings} [n1] in [place] to hospital",
            "{Doctors|Medics} in [place] {puzzle over|hunt source of} fever",
            "[n1] {ill|sick} in [place], {cheese|water} suspected"],
        "leads": [
            "[n1] people in [place] {went|were taken} to hospital with a fever since [day], and the [org] {suspects|thinks of} {cheese|milk} from a farm.",
            "A fever that {doctors|medics} cannot {name|place} has {laid low|struck} [n1] people in and around [place], it was {announced|said} on [day]."],
        "details": [
            "The {youngest|first} patient is [n2] months old; the oldest, a retired {organist|sailor}, is [n3].",
            "{Doctor|Physician} [person1] {sent|posted} samples to [place2] and {expects|awaits} an answer in [n4] days.",
            "A school {kitchen|canteen} was {closed|sealed}, and [n5] kilos of {cheese|curd} went to the dump.",
            "Nobody has {died|lost a life}, and [n6] of the {ill|sick} are home again.",
            "The farmer {says|insists} that his {goats|cows} are healthy and {drank|drinks} a glass before the camera.",
            "In 19[yy] a like fever had come with {rats|ticks} from the [river] meadows.",
            "Chemists {ran out|sold out} of thermometers at [hour], which {had not happened|never happened} before."],
        "next": ["The laboratory {named|told} the culprit on [nextday]: a germ from the {well|cistern} of a camp site, found in [m1] of its taps.",
                 "The {camp|site} stays {closed|shut} for [m2] days."]},
    "drone": {
        "titles": [
            "{Drones|Unmanned aircraft} {hit|strike} {depot|base} near [place], [n1] {wounded|hurt}",
            "[n1] {soldiers|troops} {hurt|wounded} in drone {attack|raid} at [place]",
            "{Militia|Armed group} claims {raid|attack} on [place] {base|airfield}"],
        "leads": [
            "[n1] soldiers were {wounded|hurt} when drones {hit|struck} a depot near [place] in [region] on [day], the {army|military} said.",
            "An armed group from [region] {claimed|said it was behind} an attack with [n2] drones on an airfield at [place] that {wounded|hurt} [n1] soldiers on [day]."],
        "details": [
            "[n3] of the machines were {shot down|downed}; one {slipped|came} through below the radar along the [river].",
            "A {store|shed} of [goods] {burned|was in flames} until [hour], and windows broke in [place2].",
            "{Colonel|Commander} [person1] {spoke|talked} of parts from [n4] countries in the wreck.",
            "It was the {fifth|sixth} such {raid|attack} in [n5] weeks, after a winter of {calm|quiet}.",
            "The group {names|calls} itself after a {battle|fort} of 19[yy] and has some [n6] hundred men.",
            "The {capital|government} {summoned|called in} the envoy of the neighbour, who {denied|rejected} all.",
            "{Shepherds|Villagers} {heard|noticed} a hum like that of a moped before the {blast|bang}."],
        "next": ["Jets {bombed|struck} [m1] places beyond the border on [nextday], the {army|military} said; the group {spoke|told} of one dead.",
                 "[m2] families {left|fled} the villages by tractor."]},
}

QUOTES = [
    "\"We {heard|noticed} nothing for an hour, and then {everything|all of it} at once,\" said [who], who {lives|works} {next door|across the street}.",
    "\"{Nobody|No one} here will {forget|lose sight of} this [thing],\" [person2] {told|said to} a local {station|paper}.",
    "\"I have {seen|lived through} [n8] winters in [place], and none was like this,\" {added|said} [who].",
    "\"{Ask|Go and ask} those who {signed|wrote} the papers,\" [person2] {said|replied}, and {closed|shut} the door.",
    "\"It is a {matter|question} of [n9] {weeks|days}, not of months,\" {insisted|said} [person1].",
    "\"Our {children|neighbours} {deserve|need} a plain answer, and by Friday,\" a {leaflet|letter} of the [body] {says|reads}.",
    "\"We count {slowly|with care}, so that we need not {count|do it} twice,\" {explained|said} a {clerk|spokeswoman} of the [org].",
    "\"A {miracle|stroke of luck}, with {wet|cold} feet,\" {joked|said} [who].",
    "\"{Money|Cash} was never {short|lacking}, only {patience|trust},\" {said|remarked} [person2] in the {corridor|lobby}.",
    "\"If that is a plan, my {hen|dog} is an {admiral|architect},\" {said|scoffed} [who].",
    "\"The {figures|sums} speak, we {merely|only} read them {out|aloud},\" [person1] {said|told the meeting}.",
    "\"My {grandfather|mother} {warned|told} them of [river] and [thing] alike,\" {recalled|said} [who].",
]

BACKGROUND = [
    "[place], a town of [n10] thousand at the mouth of the [river], {lives|earns its money} from [goods] and a {brewery|tannery}.",
    "The [org] was {founded|set up} in 19[yy2] after a quarrel over {tolls|water rights} had {split|divided} the {county|province}.",
    "For [n11] years the [body] has {argued|debated} about a [thing] that was to stand beside the {old|former} {customs house|granary}.",
    "[region] {belonged|was tied} to three crowns in turn, and its {road signs|street names} still {tell|speak} of all of them.",
    "[person2] {took|came into} office in the year of the great {drought|storm} and has {outlived|survived} [n12] votes of {no confidence|distrust}.",
    "{Critics|Opponents} have long {called|named} [firm] too {large|big} for [place] and too {small|little} for the sea.",
]

# How another desk brings the same names and figures.
FRAMES = [
    "{Asked|When asked} about it by telephone, [person1] {gave|named} the figures [n3] and [n4], and hung up.",
    "A notice on the door of the [org] is signed by [person2] and {ends|closes} with the number of a help line.",
    "From [place2] came {offers|promises} of help, [n5] of them in the first hours alone.",
    "Maps of the [river] and of [place] {sold|went} at every kiosk of [region].",
    "The [body] meets on {Thursday|Friday}, with [person1] as {guest|speaker} and one item on the paper.",
    "{Radio|A broadcaster} in [region] {repeated|ran} the news each quarter of an hour from [hour] on.",
    "That [n2] was {spoken of|mentioned} at first turned out to be a slip of the [org].",
    "{Reached|Met} in [place2], [person2] {wished|wanted} to look at the papers before any comment.",
]

# Sentences that nobody else has: who, did what, with what, in which manner.
WHO = """a beekeeper|a retired pilot|two sisters from the mill|the verger|an apprentice
|a busker|the night porter|a ferryman|three students|the widow of a diver|a glazier
|a chess teacher|the town crier|a locksmith|a vet|an organ builder|a cartographer
|the keeper of the lock|a midwife|a tailor|a stamp dealer|a bell founder|a nurse
|a lorry driver|the oldest alderman|a florist|a violin maker|an usher|a meter reader
|a choirmaster|the stationmaster|a basket weaver|a shepherdess|a notary|a clockmaker"""
DID = """carried|painted|sold|mended|photographed|weighed|buried|hoisted|measured|hid
|lent|polished|drew|auctioned|sealed|catalogued|chained|praised|mocked|guarded
|emptied|rebuilt|numbered|blessed|rented|stitched|burned|traded|inspected|collected"""
WHAT = """a crate of lemons|the last ladder|forty umbrellas|a brass compass|the parish books
|an anvil|a barrel of tar|the weathercock|seven lanterns|a harmonium|old ballot boxes
|a sack of walnuts|the spare key|a stuffed heron|wooden clogs|a tandem|the fire bell
|a map on linen|a pair of oars|pickled herring|the flagpole|tin soldiers|a hand pump
|bolts of felt|the tide table|a pram|copper kettles|two geese|a box of type|rope"""
HOW = """behind the cannery|before the noon bell|under a tarpaulin|without a word
|for the price of a coffee|as in every leap year|at the foot of the stairs
|in the waiting room|with frozen fingers|by the light of a torch|on the slipway
|between two showers|against the advice of all|in front of the pharmacy
|to the tune of a polka|beyond the level crossing|while the kettle sang
|near the old gasworks|as if nothing had happened|over the heads of the crowd
|along the towpath|in a borrowed coat|until the batteries died|on a bed of straw"""

THINGS = "aquarium|tram line|velodrome|observatory|incinerator|marina|opera house|bypass|weir|cable car|data hall|toll gate"
GOODS = "paper|tyres|herring|cement|hops|copper wire|matches|barley|slate|linseed|felt hats|bottles"
ORGS = "Harbour Trust|Rivers Board|County Office|Safety Council|Roads Authority|Heritage Bureau|Chamber of Works|Inspection Service"
BODIES = "town council|parents' league|chamber of trade|ratepayers' club|guild of skippers|allotment society"

# Words that may stand for one another; tried as written, in small letters.
SYNONYMS = """said|stated;told|informed;found|discovered|located;closed|shut;after|following
;because|since;people|persons|residents;homes|houses;took|brought;began|started;ended|finished
;asked|requested;wants|wishes;big|large;small|little;money|funds;fire|blaze;town|city
;soldiers|troops;wounded|injured;army|military;attack|assault;truce|ceasefire;talks|negotiations
;prison|jail;court|tribunal;repairs|mending;cost|expense;road|highway;farmers|growers
;years|seasons;built|erected;works|labours;bought|purchased;buy|purchase;sell|dispose of
;rose|climbed;fell|dropped;broke|burst;fled|escaped;left|departed;hospital|clinic
;doctors|physicians;suspects|presumes;answer|reply;children|youngsters;school|college
;water|flood water;boats|craft;rocks|cliffs;fog|mist;passengers|travellers;police|officers
;harbour|port;company|enterprise;owner|proprietor;loss|damage;night|darkness;smoke|fumes
;warehouse|depot;roof|ceiling;workers|employees;union|trade union;offer|proposal;hours|hrs
;managers|bosses;goal|strike;winners|victors;beat|defeated;won|gained;coach|trainer
;graves|tombs;old|ancient;planks|boards;experts|specialists;visitors|guests;oldest|eldest
;rivals|competitors;shares|stock;price|sum;promised|pledged;agreed|consented;former|previous
;trial|hearing;witnesses|bystanders;judge|magistrate;ruled|decided;bribes|kickbacks
;river|stream;dyke|embankment;rain|downpour;bread|loaves;bridge|crossing;cracks|fissures
;engineers|technicians;inspectors|examiners;traffic|vehicles;lorries|trucks;early|at dawn
;announced|made known;showed|presented;reported|related;added|went on;admitted|conceded
;long|lengthy;new|fresh;first|earliest;last|final;nobody|no one;near|close to;outside|off
;before|ahead of;until|till;about|on the subject of;still|even now;more than|over
;carried|bore;painted|coloured;sold|vended;mended|fixed;photographed|pictured;buried|interred
;hid|concealed;lent|loaned;drew|sketched;mocked|ridiculed;guarded|watched;emptied|cleared
;rebuilt|restored;collected|gathered;burned|torched;praised|lauded;measured|gauged
;behind|at the back of;under|beneath;without|lacking;beside|next to;along|by;lives|dwells
;earns|makes;founded|established;quarrel|dispute;argued|debated;stand|be placed
;critics|detractors;letter|note;winter|cold season;summer|warm season;street|lane"""
