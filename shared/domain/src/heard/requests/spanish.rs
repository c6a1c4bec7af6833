//! How Spanish asks to be left alone.

use crate::heard::words::Word;

/// Wordings that ask for it, each with those that look like it and do not.
pub const ASKS: &[(&str, &str)] = &[
    ("<dejen> de|con <ligero>* <contactar>|<mensajes>", ""),
    ("<dejen> ya? de $|<contactar>", ""),
    ("<paren> <ligero>* <mensajes>", "<paren> <ligero>* <mensajes> de? pago|cobro"),
    ("<paren> el|de* envio|envios", "<paren> el|de* envio|envios de _* <prestamo>"),
    (
        "dejenme|dejeme|dejame|dejennos|dejarme|dejen|deje me|en* paz|tranquilo|tranquila|tranquilos|solo|sola",
        "",
    ),
    ("en paz", ""),
    ("<quitenme> $|de|ya|por|gracias", "<quitenme> de _* <prestamo>"),
    ("<borren>|<quitenme> _? de _* lista|listas|base|<mensajes>|sistema|contactos", ""),
    (
        "<borren> mi|este|ese|mis|el numero|nombre|telefono|correo|contacto|datos|celular",
        "<borren> _* <prestamo>",
    ),
    ("dar|darme|denme|deme|dame|den|darnos|doy|desea|darse de baja", "_ de baja _* <prestamo>"),
    ("dar|darme|denme|deme|dame|den|darnos de baja _* <mensajes>|lista", ""),
    ("quiero|solicito|pido|deseo|quisiera la|mi|una* baja $|de|por|del", "_ la|mi|una* baja _* <prestamo>"),
    ("<desuscribir>", ""),
    ("<paren> mi|la|esta|las|mis? suscripcion|suscripciones", ""),
    ("revoco|retiro|anulo|cancelo|revocar|retirar|anular <ligero>* <permiso>", "_ <ligero>* _ _* <prestamo>"),
    ("revoco $|todo", ""),
    (
        "^ ya|por|favor|que|dije|pero* paren|pare|parenle|parale|dejenme|dejeme|dejame|basta|alto|detenganse|parar ya|por|favor|gracias|todo|esto|con* $",
        "",
    ),
    ("que ya? paren|pare|dejen|cesen|detengan $|ya|por|esto", ""),
    ("que se detengan", ""),
    ("dije|puse|respondi|conteste|mande|escribi|envie|digo que? stop|alto|basta|pare|paren|baja", ""),
    ("basta ya", ""),
    ("ya basta", ""),
    ("ya estuvo", ""),
    ("alto <ligero>* <mensajes>", ""),
    ("como|donde|puedo dejo|cancelo|paro|detengo|quito|salgo|bloqueo <ligero>* <mensajes>", ""),
    ("vayanse|vayase a|al|mucho", ""),
    ("contacten|hablen|hable|llamen|comuniquense|llame a|con mi <attorney>", ""),
    ("esto|eso es _? acoso|hostigamiento", ""),
    ("me estan|esta|siguen acosando|hostigando|molestando", ""),
    ("cese|cesen|cesar y desistir|desista|desistan", ""),
    ("lista de no llamar", ""),
    ("salir|salirme|salgo de _* lista|<mensajes>|grupo|esto", ""),
    ("quiero|quisiera|deseo salir|salirme|parar $|ya|por", ""),
    ("harto|harta|cansado|cansada de|con <ligero>* <mensajes>|<contactar>", ""),
    ("larguense|larguese|alejense", ""),
    ("olviden|olvide|olvidense|pierdan mi|de* numero|telefono|mi|contacto", ""),
    ("voy a bloquear|bloquearlos|bloquearte|bloquearles", "voy a bloquear mi|la _? <prestamo>"),
];

/// Refusals.
pub const REFUSALS: &[(&str, &str)] = &[
    (
        "no|nunca|jamas <ligero>* vuelvan|vuelva|vuelvas|sigan|siga|sigas|esten a? me? <contacten>|<contactar>",
        "",
    ),
    (
        "no|nunca|jamas me|nos|le|les|se|mas|por|favor* <contacten>",
        "no|nunca|jamas me|nos|le|les|se|mas* <contacten> mas? a|al|el|la|los|las|mi|un|una* <prestamo>",
    ),
    ("^ por|favor* no <contactar>", "^ por|favor* no <contactar> a|al|el|la|los|las|mi|un|una* <prestamo>"),
    ("favor de no <contactar>", ""),
    (
        "no|nunca|tampoco me? <quiero> <ligero>* <mensajes>|<contacten>|molestado|molestada|contactado|contactada",
        "",
    ),
    ("no|tampoco me? <quiero> nada? mas $|gracias|por", ""),
    ("no <quiero> seguir? recibir|recibirlos|recibiendo|recibiendolos <ligero>* nada|mas|<mensajes>|$", ""),
    ("no <quiero> saber nada|mas", ""),
    ("no <quiero> nada mas? de|con ustedes|usted|uds|ti|su|esta|esa|parte", "no <quiero> nada _* <prestamo>"),
    ("no <quiero> nada suyo", ""),
    ("no <quiero> tener? nada que ver", ""),
    (
        "no <quiero> que _? _? vuelvan|sigan|anden|esten|me",
        "no <quiero> que _? _? vuelvan|sigan|anden|esten|me _* <prestamo>",
    ),
    ("no mas|sigan|siga <ligero>* <mensajes>|<contactar>", ""),
    ("no autorizo|consiento|acepto $|que|sus|los|estos", "no autorizo|consiento|acepto _* <prestamo>"),
    ("no doy|di|tienen|tiene|tenian|les doy|di? mi|el|ningun|su|a* <permiso>", "no _* <prestamo>"),
    ("no dejan|paran|para|deja de <ligero>* <contactar>|<mensajes>", ""),
    ("^ no|sin <mensajes> $|por|gracias|de|favor|ni|y|o", ""),
    ("ya no mas $|<mensajes>|por|gracias", ""),
    ("ya no <ligero>* <contacten>", "ya no <ligero>* <contacten> a|al|el|la* <prestamo>"),
    ("sin mi <permiso> _* <mensajes>|<contactar>", ""),
];

/// Whether a negation governs the wording at `at`: "no quiero cancelar los mensajes".
pub fn is_negated(sentence: &[Word], at: usize) -> bool {
    const NEGATIONS: [&str; 6] = ["no", "nunca", "jamas", "tampoco", "ni", "sin"];
    const SCOPE: [&str; 19] = [
        "quiero", "que", "me", "se", "le", "lo", "voy", "a", "deseo", "nos", "te", "vayan", "hay", "deben",
        "por", "favor", "dejar", "quisiera", "solicite",
    ];
    let before = sentence[..at].iter().rev().take(6);
    let mut governed = before.skip_while(|word| SCOPE.contains(&&*word.text));
    governed.next().is_some_and(|word| NEGATIONS.contains(&&*word.text))
}
