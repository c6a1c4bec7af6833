//! The classes of words that phrases name.

/// Name and words of each class.
pub const CLASSES: &[(&str, &str)] = &[
    // What may be asked to end.
    ("stopping", "stop stopping quit quitting cease ceasing halt discontinue desist refrain"),
    ("ending", "end cancel terminate disable mute deactivate"),
    (
        "contacting",
        "scamming texting messaging calling contacting emailing mailing writing bothering bugging annoying harassing spamming \
         pestering hounding phoning ringing notifying reminding disturbing asking threatening stalking soliciting \
         robocalling dialing alerting corresponding communicating responding replying tormenting badgering nagging \
         hassling pinging",
    ),
    (
        "contact",
        "text message call contact email bother harass spam phone disturb notify write pester annoy remind ring \
         hassle bug solicit hound dial communicate robocall threaten stalk badger alert sms",
    ),
    (
        "contacted",
        "contacted texted called messaged emailed bothered harassed disturbed notified spammed reminded alerted \
         phoned solicited robocalled",
    ),
    (
        "messages",
        "texts messages calls emails reminders notifications alerts sms communications voicemails robocalls spam \
         mailings newsletters letters solicitations promotions ads updates texting messaging correspondence mms \
         contacts harassment blasts advertisements mail",
    ),
    // Single things of which a stop is asked as of many.
    (
        "message",
        "text message email contact communication sms call subscription subscriptions texting messaging",
    ),
    ("whatever", "anything stuff things shit crap bullshit junk spam garbage nonsense bs"),
    ("these", "this these that those them it"),
    (
        "light",
        "the all any my your these those this that with of from trying attempting to me us further more future such \
         automated annoying fucking damn goddamn stupid every ever even getting receiving sending having being both \
         unwanted unsolicited constant constantly daily endless random a calling texting doing giving",
    ),
    (
        "breaker",
        "and or but by in on at for before after until till because since if when while so then than i you we he she \
         they who what is are was were be been will would can could should must do does did has have had not never to \
         unless off over about as",
    ),
    // Who does the contacting, where a sentence tells instead of asking.
    ("ordered", "must should can may shall better need are will"),
    (
        "ordering",
        "told tell telling asked ask asking said say saying requested request requesting advised advise prefer rather \
         like want need please beg begged begging demand demanding informed instructed warned instruct expect",
    ),
    (
        "tail",
        "please thanks thank you now already immediately asap sir maam right away today forever it this that once all \
         everything ok okay for good permanently at effective and fucking gracias por favor ya anymore bitch \
         here means",
    ),
    (
        "want",
        "want wish need care like appreciate desire interested wanting wishing looking prefer consent agree",
    ),
    ("adverb", "ever really even actually particularly to currently at all"),
    (
        "wanting",
        "to be been get getting receive receiving have having hear hearing see seeing any more anymore your the these \
         those this all such further of so many keep being you anyone anybody sending send me us another a single \
         fucking damn stupid annoying automated unwanted marketing in phone from continue continuing text payment \
         loan email sms constant daily collection promotional unsolicited kind sort form type",
    ),
    ("gap", "ever you please even dare be keep try to start again attempt under any circumstances"),
    ("modest", "allowed permitted welcome authorized authorised to be ever going longer hereby"),
    (
        "reached",
        "number name phone email emails info information contact contacts cell numbers telephone details",
    ),
    ("list", "list lists database directory listing roster distribution contacts dialer"),
    ("consent", "consent permission permissions authorization authorisation authority"),
    (
        "withdrawing",
        "revoke revoking revoked withdraw withdrawing rescind rescinding retract cancel pull terminate end",
    ),
    ("attorney", "attorney lawyer attorneys lawyers counsel abogado abogada"),
    (
        "lending",
        "loan loans payment payments pay autopay auto ach debit debits draft drafts withdrawal withdrawals charge \
         charges check checks fee fees interest account accounts mortgage card report credit balance plan insurance \
         policy paperless statement statements estatements estatement paper enrollment program arbitration class \
         settlement forbearance deferment overdraft cosigner cosigned application agreement contract billing bill \
         bills autodebit escrow refinance lien title deed recurring transfer transfers sharing application bank \
         appointment extension modification hardship promise lease rate membership",
    ),
    (
        "object",
        "withdrawing revoking my the a an your his her our their some all any each one by in at over on off for payment payments pay \
         paying autopay auto automatic ach debit debits draft drafts charge charges check checks cheque transfer \
         transfers loan loans interest fee fees foreclosure garnishment garnishments eviction repossession repo credit \
         collection collections sign signs watch light lights loss order orders and until when before after recurring \
         future monthly scheduled pending direct electronic withdrawal withdrawals billing enrollment late extra this \
         that these those short being along work wage through me sending giving getting doing having trying attempting being receiving",
    ),
    ("polite", "please thanks thank you sir maam now asap immediately gracias"),
    // Spanish.
    (
        "dejen",
        "dejen deje deja dejar dejame dejeme dejenme paren pare para parar cesen cese cesar basta eviten dejaran",
    ),
    (
        "contactar",
        "hablar hablarme buscar buscarme mandar mandarme enviar enviarme escribir escribirme llamar llamarme molestar molestarme contactar \
         contactarme textear textearme acosar acosarme hostigar hostigarme fastidiar fastidiarme chingar joder \
         mandando enviando escribiendo llamando molestando acosando hostigando texteando contactando mensajear \
         mensajearme marcar marcarme insistir insistiendo jodiendo chingando fregar comunicarse",
    ),
    (
        "contacten",
        "hablen hable hables busque manden mande mandes envien envie envies escriban escriba escribas llamen llame llames molesten moleste \
         molestes contacten contacte contactes texteen textee textees acosen hostiguen fastidien insistan chinguen \
         chingues jodan jodas frieguen marquen marque mensajeen notifiquen comuniquen busquen",
    ),
    (
        "mensajes",
        "mensajes mensaje textos texto llamadas llamada correos correo sms notificaciones avisos recordatorios \
         comunicaciones comunicacion alertas emails spam publicidad promociones mensajitos contacto cartas",
    ),
    (
        "ligero",
        "mi ser de con los las tanto tantos tantas estar seguir todos todas todo sus esos estos esas estas mis el la lo mas \
         a que me nos estarme andar recibir recibiendo mandando enviando envio tus ya su tipo ningun ninguna este \
         esta ese puro pinches malditos cualquier",
    ),
    (
        "prestamo",
        "prestamo prestamos pago pagos autopago cuenta cuentas credito creditos cargo cargos cobro cobros cobranza \
         colecciones interes intereses recargo recargos tarjeta seguro debito cita estado estados factura facturas \
         recibo recibos contrato solicitud domiciliacion automatico buro mora hipoteca cheque plan",
    ),
    (
        "subject",
        "i we you they he she it who people nobody everyone somebody someone why did does have has had was \
         were is are am could can which lets would if",
    ),
    (
        "senders",
        "folks you they them everyone people guys anyone anybody nobody your company lender bank office collectors",
    ),
    (
        "saying",
        "texting typing replying said say saying texted replied reply sent send typed type wrote text responded told",
    ),
    (
        "before",
        "please just to you must now and so also said say saying wrote text texted replied typed sent make \
         already but or fucking then word told asked guys people kindly ok all sir hey enough no yes yeah \
         again finally pretty nope nah sorry thanks gracias",
    ),
    ("removing", "remove delete drop erase strike scratch scrub cross take get pull exclude"),
    ("forgetting", "remove delete erase drop scrub purge"),
    (
        "greeting",
        "please just ok okay hey hello hi sir now yes no kindly thanks and so maam yo dude listen again nope nah sorry",
    ),
    (
        "scope",
        "do did does ever want you to me us them please just need have ask asked asking like wish would say \
         said mean meant tell told think should i that it really even dare going be him her try trying agree \
         plan get any the a again intend intending intention yet accidentally actually my your payments \
         messages texts alerts reminders notifications emails calls for am was be said",
    ),
    (
        "asking",
        "i we want would like to you can could may please yes ok okay hi hello thanks kindly now wish it is \
         fine if sure",
    ),
    (
        "resumable",
        "texting texts text messages message messaging emails alerts notifications reminders sms updates",
    ),
    (
        "paren",
        "pare paren parar detener detenga detengan suspendan suspender suspenda cesen cese cesar cancelen cancele \
         cancelar cancela quiten quite quitar eliminen eliminar desactivar desactiven desactive terminen \
         terminar anular anule anulen anula finalizar finalice finalicen finaliza remover remuevan",
    ),
    (
        "quitenme",
        "quitenme quiteme quitame quitarme saquenme saqueme sacame sacarme borrenme borreme borrame borrarme \
         eliminenme elimineme eliminame eliminarme remuevanme remuevame removerme",
    ),
    (
        "borren",
        "quiten quite quita borren borre borra eliminen elimine elimina saquen saque saca remuevan remueva \
         quitar borrar eliminar sacar remover",
    ),
    (
        "quiero",
        "quiero deseo necesito quisiera queremos deseamos acepto autorizo gusta interesa pido pedi pidio \
         solicite consiento",
    ),
    ("desuscribir", "desuscribir desuscribirme desinscribir desinscribirme desuscribanme desuscribame"),
    ("permiso", "permiso autorizacion consentimiento"),
    (
        "who",
        "number numbers person people guy gal girl man woman lady dude individual recipient party \
         client customer human ",
    ),
    ("line", "number phone cell telephone line cellphone"),
    (
        "ours",
        "my your the a an this that our right good best correct valid any working current only new same loan \
         account phone cell mobile number it mine in on at for about what how",
    ),
    (
        "name",
        "john james robert michael william david richard joseph thomas charles christopher chris daniel \
         matthew anthony mark donald steven paul andrew joshua kenneth kevin brian george edward ronald \
         timothy jason jeff jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon \
         benjamin samuel gregory frank alexander alex raymond patrick jack dennis jerry tyler aaron jose adam \
         henry nathan peter kyle walter fred jared ahmed carl luis juan carlos miguel jesus antonio francisco \
         pedro manuel jorge mario roberto ricardo javier diego hector raul mary maria patricia jennifer linda \
         elizabeth barbara susan jessica sarah karen lisa nancy betty sandra margaret ashley kimberly emily \
         donna michelle carol amanda melissa deborah stephanie rebecca sharon laura cynthia dorothy amy \
         kathleen angela shirley emma brenda pamela nicole anna samantha katherine christine helen debra \
         rachel carolyn janet catherine heather diane olivia julie joyce victoria kelly christina joan evelyn \
         lauren judith megan andrea cheryl hannah jacqueline martha gloria teresa ann sara molly sally billy \
         kathy mike bob bill tom jim joe dave dan steve matt tony sam ben nick rob rosa carmen ana guadalupe \
         lupe elena jane jill",
    ),
    (
        "common",
        "a an the my your our his their any all some other others better more less most much many enough \
         way ways thing things anything something option options details reason problem problems issue issue \
         money payment payments loan loans help info information answer one time day date amount balance \
         account number right wrong true false fair ok okay good bad great nice fine cool funny correct \
         accurate acceptable possible legal illegal real spam scam legit new old over under about because for \
         an necessary urgent easy hard clear complete news due late paid done so very too here there now \
         today tomorrow yet it this that these those what how why where when who which mine ours yours me him \
         her them us you i we he she they in on at to of from with if as going gone home sure happy working \
         worth up down out off long short anymore service signal internet record receipt mistake error need \
         rush extra interest fee fees change update longer first last next again fraud urgent business \
         personal normal okay monday tuesday wednesday thursday friday saturday sunday month week year hour \
         minute english spanish and or but not no yes just only also still even ever well bill cash check \
         cost good price proof record rule secret stop thanks please sorry really necessarily quite exactly",
    ),
    (
        "kin",
        "wife husband mother mom father dad son daughter brother sister roommate ex spouse parent aunt uncle \
         cousin boss coworker employer neighbor friend grandmother grandfather girlfriend boyfriend",
    ),
    (
        "mistyped",
        "sent paid spoke mailed transferred talked reached told gave entered typed put dialed dialled provided used listed submitted called texted had wrote \
         registered",
    ),
    (
        "keyword",
        "stop stopall quit end revoke optout cancel unsubscribe start help info alto cancelar baja salir out all",
    ),
    ("wanted", "want wish like need prefer rather ask"),
    ("misfiled", "of in on"),
];
