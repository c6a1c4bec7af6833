//! Answers by somebody who is not the person we think they are.

use std::sync::LazyLock;

use super::phrase::Phrase;
use super::words::Word;

/// Wordings that a negation before them turns around: "this is not the wrong number".
const WRONG: &[&str] = &[
    "wrong phone|cell|mobile|telephone|contact|damn|fucking? <who> !<misfiled>|$",
    "wrong phone|cell|telephone $|please|sorry|stop|you|i",
    "wrong <name>",
    "wrong email address? $|please|sorry|stop",
    "numero|persona|telefono|celular|cel|telefonico equivocado|equivocada|incorrecto|incorrecta|erroneo|erronea",
    "numero de telefono|celular equivocado|incorrecto|erroneo",
    "equivocado|equivocada|equivocaron|equivoco|equivocaste|equivocados|equivocas|equivocan|equivocando de numero|persona|telefono|cel",
    "^ senor|senora|disculpe|perdon|lo|siento|hola|no|usted|ustedes|creo|que* se|te equivoco|equivocaron|equivocan|equivocas|equivocaste|equivoca $|gracias|disculpe",
    "^ senor|senora|disculpe|perdon|lo|siento|hola|no|usted|ustedes|creo|que* esta|estan|estas usted|ustedes? equivocado|equivocada|equivocados $|gracias|disculpe",
    "mistaken identity",
    "mistaken|confused|confusing|mistaking me for|with",
    "me confused|mistaken for|with",
];

/// What makes a wrong number one that the person gave, or a question.
const OWN_MISTAKES: &[&str] = &[
    "i|we|he|she also|just|accidentally|must|may|might|have|probably* <mistyped> _* wrong",
    "my wrong",
    "wrong _? number|phone for me|my|us",
    "^ sorry? is|was this|that|it",
    "^ sorry? did|do|have|am i|we",
    "di|puse|escribi|marque|registre|ingrese _* numero|telefono",
];

/// Wordings that say it.
const STATEMENTS: &[&str] = &[
    // "That's not me."
    "this|that|it is not|nolonger me|him|her|them $|anymore|sorry|please|stop|and|you|so",
    "i am not him|her|them $|anymore|sorry|please|stop|and|you|so",
    "i am not that|this|the right? person|guy|man|woman|individual|lady|recipient $|!who",
    "i am not the borrower|debtor|customer|client|one|account|loan",
    "not the right|correct number|person|contact|phone|recipient",
    "not the person|one|individual|man|woman|guy|lady you|your",
    "not who|whom you",
    "not the <name> you",
    "<line> is not|nolonger <name>|his|her|hers|theirs",
    "not the intended recipient",
    "you are|must be? _? looking for someone|somebody|another else|person",
    "^ looking for someone|somebody|another else|person",
    "you want|need someone|somebody else",
    "this|that|it is not|nolonger mr|mrs|ms|miss|<name>",
    "i am not mr|mrs|ms|miss|<name>",
    "you are not texting|calling|messaging|emailing|reaching|contacting <name>",
    "^ not him|her $|<line>",
    "^ not <name> $|anymore|sorry|<line>",
    "^ this|that is not !<common> !<common>? $",
    "this|i is|am his|her|their|hes|<name> <kin>",
    "my name is not|nolonger mr|mrs|ms|miss|<name>",
    "my name is not !<common> !<common>? $",
    "my name is !<common> !<common>? not <name>",
    "is not my name $|and|sorry|please|stop|so|you",
    "^ <greeting>* who is this|that? <name> !<common>? $|and|why|sorry|please|stop",
    // Whose number it is.
    "is not|nolonger !<ours> !<ours>? <line> $|anymore|please|stop|sorry|and",
    "^ not !<ours> !<ours>? <line> $|anymore|please|stop|sorry|and",
    "<line>|email _? does not|nolonger belong|belongs to",
    "<line>|email _? nolonger belong|belongs|belonging to !me|us",
    "<line>|email now? belongs to me|someone|somebody|another|a",
    "nolonger !<ours> <line> $",
    "just|recently got|received|acquired|inherited this _? <line>",
    "had|have this _? number for|since|over",
    "got this _? <line> _* ago|last|recently|yesterday|week|month",
    "new owner of this",
    "this is now my _? <line>",
    "this is my _? <line> now",
    "<line> was|has|got|been* reassigned|recycled",
    "nolonger|not at this number|phone|address|email",
    "nolonger has|uses this _? <line>",
    "he|she|they|person|<name> nolonger have|use|owns this|that _? <line>",
    "he|she|they|person|<name> does|do not have|use|own this _? <line>",
    "he|she|they|<name> changed his|her|their number",
    // Who lives or works there.
    "does not live|reside|stay here|there|at",
    "they do not live|reside here|there",
    "nolonger lives|resides|works|stays here|there|at|with",
    "he|she|they|<name> does|do not work here|there|at",
    "he|she|they|<name> moved out|away",
    "not|nolonger with this|the|our company",
    // "I don't know any John."
    "not know him|her|them $|anymore|so|and|or|please|stop|at|personally",
    "not know this|that|the|any|such|a* person|man|woman|guy|lady|individual|name|dude $|so|please|you|named",
    "not know any|a|no|anybody|anyone|someone <name>",
    "not know any !<common> !<common>? $",
    "not know anyone|anybody|any|a|someone|nobody _? named|called|by|with",
    "not know who he|she|they|<name>|that !<common>? !<common>? is|are|was $",
    "not know who <name> _? is",
    "not know <name>",
    "no idea who he|she|that|<name> _? is",
    "never heard of him|her|them|<name>",
    "never heard of this|that person|name|guy|man|woman",
    "no such person|name|individual",
    "no|nobody|noone|none one|person|body? here|at|this|the|number|phone|lives|is* by|with|of that|this|the|such name",
    "no one|person|body here|at|this|that|number|phone|is* named|goes",
    "no one|person|nobody here|at|this|number|phone* by|with that|the|this name",
    "nobody|noone|one here|at|this|that|number|phone|is* called !me|us|you|back",
    "nobody|noone here|at|this|that|number|phone|is* named|goes",
    "no <name> here|at|lives|living|with|on",
    "there is no|not <name>",
    "there is no|not !<common> !<common>? here|at",
    // Spanish.
    "no soy esa|ese|la|el persona|hombre|mujer|senor|senora|indicado|indicada|cliente|deudor",
    "no soy el|ella|yo $",
    "no soy <name>",
    "no me llamo <name>|asi",
    "no es mi nombre $|gracias|por",
    "mi nombre no es <name>",
    "ya no tiene|usa|contesta este|ese|el numero|telefono|celular|cel",
    "<name> no tiene|usa|contesta este|ese numero|telefono|celular|cel",
    "<name>|el|ella cambio de numero|telefono|celular",
    "este|ese numero|telefono|celular ya? no pertenece a|al !mi",
    "no conozco a !nadie",
    "no conozco a nadie con|llamado|llamada|de",
    "no lo|la|le conozco $",
    "no vive|trabaja aqui|alli|ahi",
    "aqui no vive|trabaja",
    "aqui no hay ningun|ninguna|nadie|<name>",
    "aqui no es|esta $|<name>|el|la",
    "aqui nadie|ninguno|ninguna se|con",
    "no hay nadie|ningun|ninguna|alguien _? _? con|llamado|llamada|aqui",
    "no es el|su|de|la|este numero|telefono|celular|persona de|que|$",
    "numero|telefono|celular ya? no es|pertenece de|del|a",
];

static PHRASES: LazyLock<[Vec<Phrase>; 3]> = LazyLock::new(|| {
    let read = |notations: &[&'static str]| notations.iter().copied().map(Phrase::read).collect();
    [read(WRONG), read(OWN_MISTAKES), read(STATEMENTS)]
});

/// Whether `sentence` comes from such a person.
pub fn answers(sentence: &[Word]) -> bool {
    let [wrong, own_mistakes, statements] = &*PHRASES;
    let is_negated = |at: usize| {
        sentence[at.saturating_sub(3)..at].iter().any(|word| ["not", "no", "never"].contains(&&*word.text))
    };
    let is_wrong = wrong.iter().any(|phrase| phrase.beginnings(sentence).any(|at| !is_negated(at)));
    let is_own = || own_mistakes.iter().any(|phrase| phrase.is_in(sentence));
    is_wrong && !is_own() || statements.iter().any(|phrase| phrase.is_in(sentence))
}
