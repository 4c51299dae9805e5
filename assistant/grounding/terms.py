"""Words of the field that mean the same, and words that mean the opposite.

``ACTORS`` and ``SETTINGS`` are closed lists of who and where; ``ALIKE`` joins words for coverage;
``OPPOSITE`` pairs words that turn a claim round. Every entry is in small letters; several words in
a row are joined by a blank. One line, one meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from assistant.grounding.plain import Text, singular, stem

ACTORS: dict[str, str] = {
    "peer": "peer support worker|peer worker|peer supporter|peer staff|peer specialist|peer mentor"
    "|peer practitioner|peer provider|peer|psw|lived experience worker|lived experience"
    " practitioner"
    "|lived experience staff|lived experience workforce|peer workforce|peer role|peer coach"
    "|peer educator|peer facilitator|peer navigator|peer trainer|peer volunteer",
    "supervisor": "supervisor|supervision|supervise|supervised|supervises|supervising",
    "manager": "manager|line manager|team leader|team lead|boss|management|leader|managing|lead"
    "|managed|senior staff|ward manager|service manager|leadership|service lead",
    "nurse": "nurse|nursing|nursing staff|mental health nurse",
    "doctor": "doctor|psychiatrist|gp|physician|medical staff|consultant|general practitioner"
    "|responsible clinician|approved clinician|prescriber|medic",
    "psychologist": "psychologist|therapist|psychotherapist|counsellor|psychology",
    "social worker": "social worker|social work|amhp|approved mental health professional",
    "occupational therapist": "occupational therapist",
    "pharmacist": "pharmacist|pharmacy",
    "trust": "trust|nhs trust|foundation trust|hospital trust",
    "charity": "charity|charities|voluntary organisation|voluntary sector|third sector|nonprofit"
    "|voluntary|user-led organisation|peer-led organisation|community organisation|vcse",
    "council": "council|local authority|local authorities",
    "commissioner": "commissioner|commissioning|integrated care board|icb|ccg|commission"
    "|commissioned",
    "provider": "provider",
    "employer": "employer|employing organisation|organisation|employ",
    "police": "police|police officer|constable",
    "court": "court|judge|tribunal|magistrate|coroner",
    "government": "government|minister|department|parliament|home office|secretary of state"
    "|ministry",
    "regulator": "regulator|cqc|care quality commission|inspectorate|inspector|ofsted|ombudsman",
    "carer": "carer|family|families|relative|parent|mother|father|nearest relative|caregiver"
    "|loved one|spouse|partner|family member|mum|dad",
    "volunteer": "volunteer|volunteering",
    "student": "student|trainee|learner|apprentice",
    "faith leader": "imam|priest|rabbi|chaplain|vicar|faith leader",
    "teacher": "teacher|headteacher|lecturer|professor",
    "trainer": "trainer|tutor|educator|facilitator|instructor|training provider|mentor",
    "researcher": "researcher|author|evaluator|investigator|reviewer|academic",
    "advocate": "advocate|advocacy|imha|imca",
    "interpreter": "interpreter|translator|interpreting",
    "employee": "employee|staff|colleague|worker|team member|workforce|practitioner|professional"
    "|clinician|clinical staff|team|co-worker|coworker|staff member|personnel",
    "user": "service user|patient|client|people who use services|people using services|person"
    "|people|participant|user|member|individual|peer supported|supported person|inpatient|resident"
    "|attendee|respondent|interviewee|survivor|recipient|mentee|supporter",
    "prisoner": "prisoner|inmate|offender",
    "union": "union|trade union",
    "hr": "hr|human resources|personnel department|recruiter",
    "friend": "friend|friendship",
    "child": "child|children",
    "board": "board|trustee|director|executive|chief executive|governor",
    "support worker": "healthcare assistant|support worker|care assistant|hca",
    "care coordinator": "care coordinator|care co-ordinator|key worker|cpn|keyworker",
    "guardian": "freedom to speak up guardian|guardian",
}
"""Who, by a name for the kind, and the words for it, parted by bars."""

BROAD_ACTORS = frozenset(
    {
        "employee", "user", "employer", "peer", "child", "friend", "provider", "researcher",
        "support worker", "charity", "trust", "regulator", "hr", "government", "volunteer", "union",
        "board", "court",
    }
)  # fmt: skip
"""Kinds that writers call by many other words, so that their absence proves little."""

SETTINGS: dict[str, str] = {
    "ward": "ward|inpatient|in-patient|inpatient unit|hospital|acute|bed|admission|admitted"
    "|psychiatric unit|mental health unit",
    "community": "community|community team|community mental health team|cmht|outpatient"
    "|community service|community-based|community mental health service",
    "crisis": "crisis|crisis house|crisis team|crisis service|crisis cafe|emergency",
    "forensic": "forensic|secure|secure unit|secure ward|secure service|high-security"
    "|medium-secure|low-secure|secure hospital|secure care",
    "prison": "prison|custody|jail|prisoner|probation|criminal justice|justice|offender|inmate",
    "primary care": "primary care|gp practice|gp surgery|general practice|gp",
    "emergency department": "a&e|emergency department|casualty",
    "perinatal": "perinatal|maternity|mother and baby|pregnancy|postnatal|pregnant|new mother"
    "|birth|antenatal|motherhood|baby|babies",
    "young": "young people|young person|youth|camhs|adolescent|child|children|teenager|young"
    "|students|young adult|under 18|schoolchildren",
    "older": "older people|older adult|later life|dementia|older|older person|elderly"
    "|older peer supporters|retired",
    "school": "school|college|university|classroom|campus",
    "online": "online|digital|virtual|internet|remote|web|video|facebook|social media|forum|app"
    "|phone|telephone|text|website|chat|email",
    "face-to-face": "face-to-face|in-person|in person|face to face",
    "home": "home visit|at home|home|own home|household",
    "housing": "housing|homeless|homelessness|hostel|supported housing|shelter|rough sleeping",
    "drug": "drug|alcohol|substance|addiction|substance use|substance misuse",
    "military": "veteran|military|army|armed forces",
    "rural": "rural|remote areas|countryside",
    "learning disability": "learning disability|learning disabilities|intellectual disability"
    "|autism|autistic",
    "lgbt": "lgbt|lgbtq|lgbtq+|gay|trans|transgender|lesbian|queer",
    "women": "women|woman|female",
    "men": "men|man|male",
    "refugee": "refugee|asylum|migrant|asylum-seeker|asylum seeker",
    "deaf": "deaf|sign language|bsl",
    "discharge": "discharge|discharged|leaving hospital|leave hospital|left hospital",
    "recovery college": "recovery college",
    "care home": "care home|residential care|nursing home",
}
"""Where, with whom and when, by a name for the kind, and the words for it."""

ALIKE = (
    "say|state|tell|report|explain|note|write|describe|advise|observe|mention|argue|set out|put",
    "find|show|see|discover|conclude|reveal|report|detect|identify|result|learn|suggest|point",
    "study|research|trial|review|survey|evaluation|paper|article|interview|analysis|project",
    "guide|guidance|guideline|framework|policy|document|standard|advice|toolkit|handbook|resource"
    "|pack|booklet|leaflet|page|website|paper|report|briefing|statement|curriculum|manual|code",
    "worker|staff|employee|practitioner|professional|colleague|workforce|team|post-holder",
    "people|person|individual|somebody|someone|anybody|anyone|everybody|everyone|others|those"
    "|member"
    "|participant|respondent|interviewee|client|patient|user|adult|nobody|anyone|men|women",
    "help|support|assist|aid|enable|back|encourage|let",
    "job|work|post|role|position|employment|career|occupation|task|duty",
    "train|course|learn|teach|education|programme|instruct|class|workshop|module|curriculum"
    "|qualify",
    "organisation|body|service|agency|employer|provider|institution|charity|trust|group|network",
    "give|offer|provide|supply|bring|deliver|run|hold|lend|grant|hand",
    "need|require|want|call|ask|demand|expect|request|necessary",
    "important|matter|key|vital|essential|central|crucial|valuable|core|main|chief|priority",
    "use|apply|employ|rely|draw|utilise|make",
    "begin|start|launch|open|set up|initial|outset|first|new|early|commence|onset",
    "end|finish|close|stop|cease|last|complete|over|leave|final",
    "increase|rise|grow|more|higher|raise|up|greater|climb|gain|improve|better|boost",
    "decrease|fall|drop|reduce|fewer|less|lower|cut|decline|down|shrink|lessen|smaller|ease",
    "change|alter|differ|vary|shift|adapt|adjust|different|modify|new",
    "choose|pick|select|decide|choice|option|decision|opt",
    "tell|share|disclose|talk|speak|reveal|inform|discuss|say|mention|conversation|open",
    "keep|hold|stay|remain|retain|maintain|continue|carry on|preserve|last|stick",
    "problem|difficulty|trouble|challenge|barrier|issue|obstacle|hard|concern|struggle|difficult",
    "aim|goal|purpose|intend|plan|mean|objective|target|meant",
    "part|section|share|piece|element|component|aspect|portion|unit|chapter",
    "together|joint|jointly|shared|mutual|collective|co-produced|alongside|both|common",
    "talk|speak|conversation|discuss|discussion|chat|say|converse|dialogue|raise",
    "meet|see|contact|visit|session|appointment|meeting|encounter|attend",
    "money|pay|fund|cost|wage|salary|financial|paid|payment|budget|funding|price|finance",
    "feel|emotion|sense|experience|feeling|emotional",
    "hospital|ward|inpatient|unit|admission|admit",
    "illness|unwell|ill|sick|sickness|mental health|relapse|condition|distress",
    "safe|safety|secure|protect|safeguard|protection",
    "risk|danger|hazard|harm|unsafe|dangerous",
    "family|relative|carer|parent|loved|kin",
    "record|note|write|document|log|file|written|register",
    "agree|accept|consent|agreement|approve|permission|permit|allow|let|authorise",
    "refuse|decline|reject|object|turn down|say no|deny",
    "check|test|assess|review|examine|evaluate|measure|monitor|audit|look|inspect|ascertain",
    "law|act|legal|statute|regulation|legislation|statutory|lawful|code",
    "equal|equality|fair|same|equally|fairness|parity|alike",
    "prejudice|stigma|discrimination|bias|racism|discriminate",
    "hope|hopeful|optimism|hopefulness|optimistic",
    "understand|know|knowledge|grasp|aware|insight|understanding|awareness|recognise|familiar",
    "listen|hear|heard|listening",
    "experience|live|lived|background|history|been through|go through|first-hand|own",
    "story|account|narrative|experience|own|tale",
    "big|large|great|major|considerable|substantial|main|significant|wide",
    "small|little|minor|few|slight|short|brief|limited|modest",
    "quick|fast|soon|prompt|rapid|immediate|straight|swift|early|at once",
    "often|frequent|common|usual|regular|many|typical|commonly|frequently|regularly|usually",
    "seldom|rare|rarely|few|uncommon|hardly",
    "link|connect|associate|relate|tie|relationship|connection|relation|bond|association|between",
    "cause|lead|result|produce|bring|because|due|effect|reason|make|owing|through",
    "effect|impact|outcome|result|benefit|difference|change|influence",
    "group|meeting|circle|community|network|club|gathering",
    "employ|hire|recruit|appoint|recruitment|take on|job",
    "apply|application|applicant|candidate|seek|bid",
    "advert|advertise|description|posting|vacancy",
    "boundary|limit|line|edge",
    "respect|dignity|value|regard",
    "value|worth|appreciate|prize|principle|recognise|respect|treasure|esteem",
    "discriminate|unfair|unequal|treat",
    "plan|prepare|arrange|schedule|preparation|organise|ready|readiness|scheme",
    "lone|alone|solo|single|isolated|lonely|by oneself|solitary|own",
    "leave|depart|quit|resign|exit|departure|go",
    "complaint|complain|concern|grievance|raise|report|object",
    "confidential|private|privacy|secret|confidentiality",
    "suicide|suicidal|end life|kill|self-harm",
    "medicine|medication|drug|tablet|prescribe|dose",
    "supervision|supervise|supervisor|oversee|oversight|mentor|reflective",
    "manage|manager|lead|leader|leadership|run|management",
    "culture|cultural|ethnic|ethnicity|race|racial|heritage|racialised|background",
    "recover|recovery|wellbeing|well-being|better|wellness|well",
    "right|entitled|entitlement|allowed|may|claim",
    "answer|reply|respond|response|react",
    "learn|lesson|teach|find out|discover",
    "wrong|error|mistake|fault|harm|bad",
    "good|well|positive|better|helpful|useful|beneficial|benefit|best",
    "bad|poor|negative|worse|harmful|harm",
    "time|period|spell|while|during|hours|length|duration|long",
    "average|mean|typical|typically|typically",
    "around|about|roughly|approximately|some|near|nearly|almost|close",
    "name|call|term|title|known|label|describe",
    "include|contain|cover|involve|among|comprise|consist|take in|feature|span|list",
    "judge|judgement|judgmental|critical|rate|view|rating|think|consider|regard|opinion|believe",
    "build|create|make|develop|form|establish|set|produce|shape|design|grow|foster",
    "join|enter|participate|take part|engage|involve|attend|belong|sign",
    "step|stage|phase|move|action|level|measure",
    "volunteer|unpaid|voluntary",
    "avoid|prevent|steer clear|stop|refrain|escape",
    "clear|plain|explicit|obvious|clearly|clarity|spell|transparent",
    "place|setting|location|site|where|area|venue|room",
    "accept|acknowledge|recognise|admit",
    "before|beforehand|first|prior|advance|ahead|earlier|previously|past",
    "after|afterwards|later|then|following|follow|next|since|once",
    "colleague|team|coworker|staff|mates",
    "equip|tool|skill|ability|competence|able|competency|capable|capability",
    "trust|confidence|believe|faith|trusting",
    "country|nation|national|nationwide|state|government",
    "warn|caution|alert|beware|careful",
    "test|try|trial|pilot|experiment|attempt|effort",
    "peer|psw|lived",
    "white|black|asian|ethnic|minority|racialised",
    "young|youth|teenager|child|children|adolescent|younger",
    "old|older|age|aged|elderly|senior",
    "home|house|housing|accommodation|flat|live",
    "phone|telephone|call|helpline|line|ring|text",
    "online|internet|digital|virtual|web|website|page|app",
    "prison|jail|custody|justice|offender|prisoner|inmate",
    "compulsory|detained|detention|section|mandatory|obligatory|sectioned|involuntary",
    "force|restrain|restraint|coercion|restrictive|coerce",
    "certificate|qualification|accredited|accreditation|award|diploma|credential|certified",
    "rest|break|leave|holiday|pause|recuperate",
    "stress|burnout|strain|pressure|exhaustion|exhausted|tired",
    "mix|blend|combine|both|together|combination",
    "gap|lack|missing|absence|shortage|without|shortfall|no",
    "remote|distance|distant|online|telephone",
    "influence|say|voice|power|control",
    "control|power|authority|charge",
    "reflect|reflection|think|consider|review|reflective",
    "welcome|glad|pleased|happy|like",
    "fear|afraid|worry|anxious|anxiety|concern|worried|frightened|scared",
    "shame|ashamed|embarrassed|guilt",
    "expect|anticipate|expectation|hope|foresee",
    "true|truth|honest|honesty|genuine|real|authentic|really|truly",
    "remain|still|continue|stay",
    "spread|range|variety|diverse|diversity|various|different|wide",
    "follow|obey|comply|keep|adhere|abide",
    "evidence|proof|data|finding|research|study",
    "publish|issue|release|print|date|put out|appear|bring out",
    "own|personal|individual|themselves|self|personally",
    "extra|additional|further|more|added|addition|another",
    "equal|level|footing|par|balance|horizontal",
    "join|merge|link|combine|together",
    "adequate|enough|sufficient|suitable|proper|right|appropriate|fit",
    "describe|define|definition|mean|meaning|set out|depict",
    "notice|sign|signal|indicate|observe|indication",
    "agree|match|align|fit|suit|correspond",
    "senior|lead|head|chief|director|top|leader|executive",
    "regular|routine|ongoing|steady|continuous|constant",
    "anonymous|unnamed|without name",
    "belong|belonging|fit in|member|part",
    "isolated|isolation|lonely|alone|loneliness",
    "fund|pay|finance|commission|grant|money",
    "visible|seen|open|show|visibility",
)
"""Words that may stand for one another in a paraphrase, parted by bars; a word may stand in more
than one line. They lift coverage and nothing else."""

OPPOSITE = (
    ("increase|rise|grow|more|higher|greater|raise|rose|up", "decrease|fall|drop|reduce|fewer|less"
     "|lower|decline|fell|shrink|lessen|down"),
    ("better|improve|benefit|strengthen|gain", "worse|worsen|harm|weaken|damage|undermine"),
    ("before|prior", "after|following|afterwards"),
    ("often|frequently|usually|commonly|mostly|regularly|always|routinely", "rarely|seldom|never"
     "|hardly|infrequently|occasionally"),
    ("with|including", "without|excluding"),
    ("have|has|had|having", "lack|lacks|lacked|lacking|without"),
    ("include|cover|contain", "exclude|omit"),
    ("paid|salaried|employed", "unpaid|voluntary"),
    ("allow|permit|let|enable", "forbid|prohibit|ban|prevent|bar|stop|restrict"),
    ("accept|agree|approve|welcome", "refuse|reject|decline|oppose|object|disagree"),
    ("easy|easier|easily", "hard|harder|difficult"),
    ("safe|safer", "unsafe|dangerous"),
    ("clear|clearly|clearer", "unclear|vague|confused|unclearly"),
    ("enough|sufficient|adequate", "insufficient|inadequate|too few|too little"),
    ("same|alike|similar|equal|equally", "different|differ|unequal|unlike|differed|differs"),
    ("early|earlier|soon", "late|later"),
    ("inside|within|internal", "outside|external"),
    ("first", "last"),
    ("most|majority", "minority|few|least"),
    ("many", "few"),
    ("all|every|everyone|everybody", "none|nobody|some"),
    ("start|begin|join|enter", "end|finish|leave|stop"),
    ("support|favour|for", "oppose|against"),
    ("strong|stronger|strongly", "weak|weaker|weakly"),
    ("long|longer|long-term", "short|shorter|short-term|brief"),
    ("formal", "informal"),
    ("possible", "impossible"),
    ("able", "unable"),
    ("likely", "unlikely"),
    ("necessary|essential|needed|required", "unnecessary|optional|needless"),
    ("public", "private"),
    ("individual|alone|one-to-one", "group|collective|together"),
    ("mandatory|compulsory|obligatory", "voluntary|optional"),
    ("temporary", "permanent"),
    ("full-time", "part-time"),
    ("qualified|accredited", "unqualified|unaccredited"),
    ("current|still", "former|formerly"),
    ("success|succeed|successful", "fail|failure|unsuccessful"),
    ("trust|trusted|confident", "distrust|mistrust|doubt|doubtful"),
    ("positive|positively", "negative|negatively"),
    ("high", "low"),
    ("large|larger|big|bigger", "small|smaller|little"),
    ("encourage", "discourage"),
    ("open|openly", "closed|secretly|hidden"),
    ("separate|separately|apart", "together|jointly|combined"),
    ("experienced", "inexperienced|new"),
    ("wanted|want", "unwanted"),
    ("helpful|useful", "unhelpful|useless"),
    ("significant|significantly", "insignificant|negligible|little"),
    ("keep|retain|remain", "lose|leave|drop"),
    ("protect", "expose|endanger"),
    ("rather|instead", "alongside|besides"),
    ("external|outside", "internal|in-house"),
    ("senior", "junior"),
    ("old|older", "new|newer|young|younger"),
    ("reject", "adopt"),
    ("remote|remotely|online", "in-person|face-to-face"),
    ("same", "other"),
    ("within", "beyond"),
    ("lawful|legal", "unlawful|illegal"),
    ("real", "unreal|false"),
    ("finished|over", "unfinished|begun"),
    ("quiet", "busy"),
    ("welcome", "unwelcome"),
    ("one", "both"),
    ("left", "joined"),
    ("separate|apart", "part"),
    ("replace|replaces|replacing|substitute", "complement|supplement|add"),
)  # fmt: skip
"""Pairs of words that turn a claim round, each side parted by bars."""


@lru_cache(maxsize=1)
def alike() -> dict[str, frozenset[int]]:
    """Stem to the lines of ``ALIKE`` that it stands in."""
    lines: dict[str, set[int]] = {}
    for number, line in enumerate(ALIKE):
        for word in line.split("|"):
            if " " not in word:
                lines.setdefault(stem(word), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in lines.items()}


class Terms:
    """Finds the terms of a table in texts.

    Args:
        table: name of a kind to its words, parted by bars.
    """

    def __init__(self, table: dict[str, str]) -> None:
        self._kinds: dict[str, set[str]] = {}
        for kind, words in table.items():
            for word in words.split("|"):
                self._kinds.setdefault(_bare(word), set()).add(kind)
        self._longest = max(len(term.split()) for term in self._kinds)

    def found(self, text: Text) -> list[tuple[int, int, str, str]]:
        """(first word, words, kind, term) of each term of a text, longest first, in order."""
        found = []
        low = [_bare(word.low) for word in text.words]
        place = 0
        while place < len(low):
            for size in range(min(self._longest, len(low) - place), 0, -1):
                term = " ".join(low[place : place + size])
                if term in self._kinds:
                    found += [(place, size, kind, term) for kind in sorted(self._kinds[term])]
                    place += size - 1
                    break
            place += 1
        return found

    def kinds(self, text: Text) -> frozenset[str]:
        """The kinds that a text names."""
        return frozenset(kind for _, _, kind, _ in self.found(text))


def _bare(term: str) -> str:
    """A term with its parts in the singular and no hyphens."""
    parts: Iterable[str] = re.split(r"[ -]", term.removesuffix("'s").removesuffix("'"))
    return " ".join(singular(part) for part in parts)
