//! How English asks to be left alone.

use crate::heard::lexicon;
use crate::heard::words::Word;

/// Wordings that ask for it, each with those that look like it and do not.
pub const ASKS: &[(&str, &str)] = &[
    // The verb of stopping and the contact.
    (
        "<stopping> <light>* <contacting>",
        "<stopping> <light>* <contacting> you $|back|anymore|about|for|until / <stopping> <light>* writing off|checks",
    ),
    ("<stopping> <light>* !<breaker>* <messages>", ""),
    ("<stopping> <light>* <message>", "<stopping> <light>* <message> center|<lending>|you"),
    ("<stopping> bother|harass|spam|bug|annoy|remind|ring|notify|phone|write me|us", ""),
    ("<stopping> sending me|us? <light>* <whatever>", ""),
    ("<stopping> sending|getting|receiving me|us? <these>? $|<tail>", ""),
    (
        "<stopping> sending|getting|receiving me|us? <these> to|at|on me|us|my|our|work|here|this",
        "<stopping> sending _* <lending> / <stopping> sending _* old|previous|former",
    ),
    ("<stopping> <light>* <whatever>", ""),
    (
        "<stopping> <light>* blowing|hitting|reaching|talking|speaking|telling|wasting|pressuring|chasing|stalking",
        "",
    ),
    ("<ending> <light>* !<breaker>* <messages>", "end of"),
    ("<ending> <light>* subscription|subscriptions|communication|contact|texting|messaging|sms", "end of"),
    ("<ending> <light>* text|email $|<tail>|message", "end of"),
    ("turn|shut|switch off !<breaker>* <messages>", ""),
    ("turn|shut|switch !<breaker>* <messages> off", ""),
    ("get rid of !<breaker>* <messages>", ""),
    ("unenroll|withdraw|disenroll me? from !<breaker>* <messages>", ""),
    // The verb of stopping alone.
    ("<before> stop|cease|desist it|this|that|all|everything|<tail>* $", ""),
    ("^ stop|cease|desist|halt it|this|that|all|everything|<tail>* $", ""),
    ("^ <greeting>* end|discontinue|terminate it|this|that|these <tail>* $", ""),
    ("^ <greeting>* reply|text|send|type|say|respond with? stop|stopall|quit|cancel|end|revoke $", ""),
    ("^ 1|2|3|4|5|6|7|8|9 stop|stopall|quit|cancel $|<tail>", ""),
    // A name before the word.
    (
        "^ !<common>|<object>|<subject>|<breaker>|<scope> lending|lender|financial|finance|funding|capital|bank stop|stopall|cancel|revoke $|<polite>",
        "",
    ),
    (
        "^ !<common>|<object>|<subject>|<breaker>|<lending>|<scope>|bus|truck|car|train|pit|non|rest|full|whistle|quick|autopago !<common>|<object>|<subject>|<breaker>|<lending>|<scope>? stop|stopall|cancel|revoke $|<polite>",
        "",
    ),
    ("^ <greeting>* quit it|this|that|<tail>* $", ""),
    ("^ <greeting>* stop !<object>|<lending>", "^ <greeting>* stop _ <lending>"),
    ("<saying> stop !<object>|<lending>", "<saying> stop _ <lending>"),
    ("<stopping> this|that is", ""),
    ("make|making|get <light>* it|this|them|these|<messages> stop", ""),
    ("if you|they would? stopped|quit <light>* <contacting>|<messages>", ""),
    ("if you ever? <contact> me|us|this|my _? again", ""),
    ("if you ever|even|try|to* <contact> again|anymore $|<tail>", ""),
    (
        "sue|suing|report|reporting|police|court|complaint|complain _* if|unless you ever|even|keep|continue|to|stop* <contact>|<contacting>",
        "",
    ),
    (
        "if you ever|even|keep|continue|to* <contact>|<contacting> _* sue|suing|report|reporting|police|court|complaint",
        "",
    ),
    ("<contact> me|us again and|or|so i|we|will", ""),
    ("part of stop", ""),
    ("texting|texted|replied|replying|typed|typing|sent|sending|said|saying stop and|but|or|again|$", ""),
    ("understand|heard stop $", ""),
    ("you can|may|should|must stop <tail>* $", ""),
    ("when will|does|is this|these stop|stopping|end $", ""),
    ("this|that has|needs|must|needed|better to? stop|end|cease $|<tail>", ""),
    ("knock|knocking it off", ""),
    ("cut it out", ""),
    ("give it a rest", ""),
    ("cease and|n desist", ""),
    ("^ <greeting>* enough already|$|please", ""),
    ("enough is enough", ""),
    ("^ that is enough $|<tail>", ""),
    ("^ <greeting>* enough <messages>", ""),
    ("enough of|with <light>* !<breaker>* <messages>|<contacting>|<whatever>", ""),
    (
        "sick|tired|fed|done|finished|through|annoyed up? of|with|by <light>* !<breaker>* <messages>|<contacting>|contacted|called",
        "",
    ),
    // The words of the law inside a sentence.
    ("optout", "optout _* <lending>"),
    ("optout _* <messages>", ""),
    ("opt _? _? _? out", "opt _? _? _? out _* <lending>"),
    ("unsubscribe", "unsubscribe _* <lending>"),
    ("unsubscribe _* <messages>", ""),
    ("stopall", ""),
    ("already|twice _? unsubscribed|opted", ""),
    ("have unsubscribed|opted out?", ""),
    // Lists.
    (
        "<removing> me|us|myself $|<polite>|from|off|out",
        "<removing> me|us|myself from|off|out _* <lending> / <removing> me off|out at|in|the",
    ),
    ("<removing> me|us|myself off|from|out _* <list>|<messages>", ""),
    ("<removing> me|us|myself off|from|out of? this|that|it|here|everything $|<tail>", ""),
    (
        "<forgetting> my|this|our|the|these|that|all|me _? _? <reached>",
        "<forgetting> _* <lending> / <forgetting> _ old|previous|former|prior|outdated / <forgetting> _ _? _? <reached> i|we|that",
    ),
    ("lose|forget|ditch my|this|our _? number|numbers|contact|info|digits", "lose|forget _* <lending>"),
    (
        "<removing> my|this|our _? <reached> off|out|from",
        "<removing> my|this|our _? <reached> off|out|from _* <lending> / <removing> _ old|previous|former|prior|outdated",
    ),
    ("remove|delete|take|erase from|off your|the|this|all? _? <list>", ""),
    (
        "i|we be|get removed|taken|unsubscribed $|<polite>|from|off",
        "_ be|get removed|taken from|off _* <lending>",
    ),
    ("my|this|our _? number _? _? _? removed|deleted|taken", "_ _? number _* <lending>"),
    ("keep me|us off|out", "keep me|us off|out _* <lending>"),
    ("off of? your|this|the|ur|all|any _? _? <list>", ""),
    ("do not call|contact|text|disturb|solicit|mail list|registry|request", ""),
    ("no call|contact list", ""),
    ("dnc|tcpa|fcc", ""),
    ("be|get|been removed|taken|deleted|unsubscribed|dropped off|out|from? _* <list>|<messages>", ""),
    (
        "request|requesting|requested|want|demand|demanding <light>* removal $|from|<polite>",
        "_ <light>* removal _* <lending>",
    ),
    (
        "have|get me|us|my|this _? removed|taken|deleted|unsubscribed off|out? $|<tail>|from|off",
        "have|get _* <lending>",
    ),
    ("am|are over <light>* <messages>|<contacting>|<whatever>", ""),
    ("<ordering>|wish|wishing|need to be|get removed|taken|deleted|unsubscribed off|out? $|<tail>", ""),
    // Being left alone.
    ("leave me|us|them|her|him|my|this _? _? alone", ""),
    ("leave me|us|my _? be|tf $|<tail>", ""),
    ("let me|us be $|<tail>", ""),
    ("go away", "go away for|on|to|this|next|in|with"),
    ("get lost", ""),
    (
        "fuck|fucking|fuk|fk|ck|piss|buzz|screw|back|bug|eff|f|sod|bugger|kick off",
        "back off of? the|a|my|work|vacation",
    ),
    ("get off|outta my phone|back|line|case|nuts", ""),
    ("get|stay|keep out of my phone|inbox|life|face|messages", ""),
    ("stay away from me|us|my", ""),
    ("shut up", ""),
    ("take a hike", ""),
    ("<wanted> to be left alone", ""),
    ("block|blocking you|your", "block|blocking you|your <lending>"),
    ("block|blocking me|this number? $|<tail>", ""),
    ("you are|have|got been? blocked", "you are|have|got been? blocked by|from|out|on"),
    ("i|we|just|already have? blocked you|your|this", ""),
    ("blocking this|the|these|all number|numbers|<messages>", ""),
    ("going|will|am|gonna to? block this|the number", ""),
    // Consent and the law.
    ("<withdrawing> <light>* _? _? <consent>", "<withdrawing> _* <lending>"),
    ("<withdrawing> <light>* _? _? <consent> _* <messages>|<contact>|<contacted>|<contacting>", ""),
    ("<consent> is|are|has|been|hereby|now* revoked|withdrawn|rescinded|canceled|cancelled|over", ""),
    ("unwanted|unsolicited|unwelcome <light>* <messages>", ""),
    ("<messages> is|are|were unwanted|unwelcome", ""),
    ("refuse|decline|object to? <wanting>* <messages>|<contacted>|<contacting>", ""),
    ("no interest in <wanting>* <messages>|<contacted>|<contacting>", ""),
    ("prohibited|forbidden|barred|banned|forbid you? you? from <contacting>", ""),
    ("forbid|prohibit you|anyone|your company? to|from? <contacting>|<contact>", ""),
    ("revoke|revoking $|<tail>|everything|<messages>|contact", ""),
    ("<messages>|<contacting>|<contacted>|<contact> _* without my|our _? <consent>", ""),
    ("this|that|it is|borders !not? !not? harassment", ""),
    ("you are|keep|continue|have been? _? harassing", ""),
    ("for|your|constant|of harassment|harassing", ""),
    (
        "^ <greeting>* contact|call|refer|direct|talk|speak|communicate|go|deal _* my|our|his|her <attorney>",
        "",
    ),
    ("represented by _? <attorney>", ""),
    (
        "all|any|future|further _? communication|communications|contact|correspondence|calls|questions _* <attorney>",
        "",
    ),
    ("only|just <contact>|reach me by|through|via|in mail|letter|letters|writing|post", ""),
    ("<contact>|reach me only? by|through|via|in mail|letter|letters|writing|post only?", ""),
    ("by|in|through|via mail|writing|letter only", ""),
    ("^ mail|letters only", ""),
];

/// Negated verbs of contacting.
pub const COMMANDS: &[(&str, &str)] = &[
    (
        "do not <gap>* <contact>",
        "do not <gap>* <contact> you|off|it / do not <gap>* <contact> me|us? the|my|a|an|any|this|our|that? <lending>",
    ),
    (
        "never <gap>* <contact>",
        "never <gap>* <contact> you|off|it / never <gap>* <contact> me|us? the|my|a|an|any|this|our|that? <lending>",
    ),
    ("^ not <gap>* <contact> me|us", ""),
    ("please|kindly not <gap>* <contact>", ""),
    ("not|never keep|continue|be|start|go|even|ever <contacting> me|us|my|this|here|$", ""),
    ("do not|never <gap>* send|forward|leave me|us? <light>* !<breaker>* <messages>|<whatever>", ""),
    (
        "^ <greeting>* never <gap>* send|forward me|us? <light>* !<breaker>* <messages>|<whatever>|<these>",
        "^ <greeting>* never <gap>* send me|us? _* old|previous|former|<lending>",
    ),
    ("do not|never <gap>* send me|us? <these>? $|again|anymore|please|at|on|here", ""),
    ("do not|never <gap>* send <these> to me|us|this", ""),
    (
        "do not|never <gap>* send|forward <these> to|at|on my|our|the|work _? _? work|job|office|business|employer|boss|phone|cell|cellphone|number|email|inbox|here|$",
        "do not|never <gap>* send|forward <these> _* old|previous|former|<lending>",
    ),
    ("do not|never <gap>* reach|hit|blow me|us|my? out|up", ""),
    ("do not|never <gap>* use|dial this|my _? number|phone|email|cell", ""),
    ("^ <greeting>* can|could|would|will you please? not <gap>* <contact>", ""),
    ("do not|never <gap>* talk|speak|respond|reply to me|us", ""),
    ("no more|further|additional|future <light>* !<breaker>* <messages>|<contacting>", ""),
    (
        "no more|further|additional|future <light>* <message>|contact",
        "no more|further <light>* <message> <lending>",
    ),
    (
        "no <messages>|<contacting>|contact|communication|text $|please|to|at|from|and|or|after|before|on|anymore|ever|thanks|whatsoever|allowed",
        "",
    ),
    ("^ <greeting>* no more $|please|thanks", ""),
];

/// Refusals.
pub const REFUSALS: &[(&str, &str)] = &[
    // "You may not call me."
    (
        "<senders> <ordered> not|never|nolonger|no <modest>* <contact>",
        "<senders> <ordered> not|never|nolonger|no <modest>* <contact> you / <senders> <ordered> not <modest>* <contact> me|us? the|my|a|an? <lending>",
    ),
    ("<senders> <ordered> not|never|nolonger|no <modest>* <contacting>", ""),
    ("you|they do? not|never <gap>* <contact> _* again|anymore", ""),
    ("you|they not|never|ever stop|quit $|<tail>", ""),
    ("nolonger be <contacted>", ""),
    ("that you|they nolonger <contact>", ""),
    ("<messages>|<contacting>|<contact> is|are not welcome|wanted|welcomed|appreciated", ""),
    (
        "<contacting> me|us|my|this|here|at _? _? is|are not ok|okay|cool|fine|acceptable|appropriate|allowed|permitted|legal|welcome|wanted|appreciated",
        "",
    ),
    (
        "not ok|okay|cool|fine|acceptable|appropriate|allowed|permitted|legal to|that|for|you|be|keep* <contact>|<contacting> me|us|my|this|here|$",
        "",
    ),
    ("said|told|typed no more $|<tail>|<messages>", ""),
    ("i|we|me|is must|should|can|may|shall|will|to|do? not|never to? be <contacted>", ""),
    // "I told you not to call."
    ("<ordering> _? _? _? not to <gap>* <contact>", "<ordering> _? _? _? not to <gap>* <contact> you"),
    ("<ordering> that? <senders> not|never|no <gap>* <contact>", ""),
    ("rather|prefer|like|ask|asked|request not to? be <contacted>", ""),
    ("rather|prefer|want|request|requesting|demand no <light>* <messages>|contact|communication", ""),
    ("rather|prefer not to? get|receive|have <light>* <messages>", ""),
    // "I don't want texts."
    (
        "not|never|nolonger <adverb>* <want> <wanting>* <contacted>|<messages>|<contacting>|contact|communication",
        "not <adverb>* need|care to|about / not|never|nolonger <adverb>* <want> <wanting>* <contacting> you $|back|anymore|about / not <adverb>* <want> <wanting>* <messages> to stop|end",
    ),
    (
        "not|never|nolonger <adverb>* <want> to be? get|getting|receive|receiving any|more|anymore|of|all* these|those|them|this|it $|<tail>|from|on|at|anymore",
        "",
    ),
    ("not|never|nolonger <adverb>* need to? be|get|receive|have <wanting>* <contacted>|<messages>", ""),
    (
        "not|never|nolonger <adverb>* <want> <senders> <senders>? to|keep|be|ever* <contact>|<contacting>",
        "not <adverb>* <want> <senders> <senders>? to|keep|be|ever* <contact> you",
    ),
    (
        "not|never|nolonger <adverb>* <want> <senders> to|keep|be|ever* send|sending me|us? <light>* <messages>|<whatever>",
        "",
    ),
    ("not|never|nolonger <adverb>* want my|our|anyone|anybody|anyones _? _? <contacted>", ""),
    (
        "not|never|nolonger <adverb>* <want> to be|ever|even|keep* hear|hearing|talk|talking|speak|communicate|deal _? _? from|to|with you|anyone|anybody|your|this",
        "",
    ),
    ("not|never|nolonger <adverb>* want|need these|those|any of? these|those? $|anymore|please|thanks", ""),
    ("not|never|nolonger <adverb>* want|need these|those|this|it|that|them anymore", ""),
    ("nolonger want|need|wish this|it|these|them $|<polite>", ""),
    ("no need to|for you? to? <contact> $|me|us|anymore|again", ""),
    ("you do not need|have to <contact> me|us", "you do not need|have to <contact> me|us back"),
    ("not <want> to be part|on|in of? _? _? <list>|<messages>", ""),
    ("not|never subscribe|subscribed|opted|optin in? to|for* <these>? $|<tail>", ""),
    // Consent.
    ("not|never|nolonger <adverb>* consent|authorize|permit|consented|authorized this? $|<polite>", ""),
    (
        "not|never|nolonger <adverb>* consent|agree|authorize|permit|consented|agreed|authorized|allow to|for|you|your* <wanting>* <messages>|<contacted>|<contacting>|<contact>",
        "",
    ),
    (
        "not|never|nolonger give|gave|given|giving|have|had|grant|granted <light>* you|anyone|company|express|prior|written|our|this* <consent> $|<tail>",
        "",
    ),
    (
        "not|never|nolonger give|gave|given|giving|have|had|grant|granted <light>* you|anyone|company|express|prior|written|our|this* <consent> to|for|you|be|receive|send* <messages>|<contacted>|<contacting>|<contact>",
        "",
    ),
    ("have|has|had no <consent>|right|business|reason to|for|be|keep* <messages>|<contacting>|<contact>", ""),
    ("have|has|had no <consent> $", ""),
    (
        "not|never sign|signed|ask|asked|subscribe|subscribed|request|requested|opted|optin|enrolled up|in|to|for|be|you|get|receive* <light>* <messages>|<contacted>|<whatever>",
        "",
    ),
    (
        "not|never sign|signed|ask|asked|subscribe|subscribed|request|requested|opted up|in|to|for* <these> $|<tail>",
        "",
    ),
];

/// Whether a negation governs the wording at `at`: "please don't stop texting me". A complaint is none ("you never stop
/// texting me"), nor a question ("can't you stop?"), nor that one cannot find out how to stop.
pub fn is_negated(sentence: &[Word], at: usize) -> bool {
    let is =
        |place: usize, words: &[&str]| sentence.get(place).is_some_and(|word| words.contains(&&*word.text));
    let before = |place: usize, back: usize, words: &[&str]| place >= back && is(place - back, words);
    let Some(negation) =
        (at.saturating_sub(6)..at).rev().find(|place| is(*place, &["not", "never", "nor", "without"]))
    else {
        return false;
    };
    let between = &sentence[negation + 1..at];
    let others = ["you", "they", "it", "calls", "texts", "messages", "emails", "people", "company"];
    let verbs = ["do", "does", "did", "will", "would", "have", "has"];
    let is_direct = between.iter().all(|word| ["ever", "even", "just"].contains(&&*word.text));
    let is_complaint = is_direct
        && (before(negation, 1, &others) || before(negation, 1, &verbs) && before(negation, 2, &others));
    let is_question =
        before(negation, 1, &["why"]) || !between.is_empty() && is(negation + 1, &["you", "i", "they", "we"]);
    let is_inability = before(negation, 1, &["can", "could"]);
    let scope = lexicon::class("scope");
    !is_complaint && !is_question && !is_inability && between.iter().all(|word| word.classes.meets(scope))
}

/// Whether the wording at `at` is told, not asked: "did you stop texting me?", "I texted STOP by mistake", "call me before
/// you stop".
pub fn tells(sentence: &[Word], at: usize) -> bool {
    let is = |back: usize, words: &[&str]| at >= back && words.contains(&&*sentence[at - back].text);
    let has = |words: &[&str]| sentence.iter().any(|word| words.contains(&&*word.text));
    let is_past = is(2, &["did"]) && is(1, &["you", "they", "i", "we", "it", "he", "she"]);
    let is_past_purpose = is(1, &["to"]) && is(2, &["had", "used", "nowhere", "place", "forgot", "decided"]);
    let slips = ["accidentally", "accidently", "accidentaly", "mistakenly", "accident", "mistake", "error"];
    let sent = [
        "texted",
        "replied",
        "sent",
        "typed",
        "said",
        "hit",
        "pressed",
        "put",
        "opted",
        "unsubscribed",
        "wrote",
    ];
    let is_own = sentence.iter().enumerate().any(|(place, word)| {
        sent.contains(&&*word.text)
            && sentence[place.saturating_sub(2)..place].iter().any(|word| word.text == "i")
    });
    let is_reserved = is(1, &["before"]) || is(1, &["you"]) && is(2, &["before"]);
    is_past || is_past_purpose || is_reserved || is_own && has(&slips)
}

/// Whether somebody who does it stands before the wording at `at`: "they don't call me", "why don't you call me".
pub fn follows_subject(sentence: &[Word], at: usize) -> bool {
    at > 0 && sentence[at - 1].classes.meets(lexicon::class("subject"))
}
