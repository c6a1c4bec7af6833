use super::*;

#[test]
fn people_who_are_not_whom_we_take_them_for_say_so() {
    let wordings = [
        "wrong number",
        "Wrong number!!",
        "Sorry wrong number",
        "wrong person",
        "you have the wrong person",
        "You have the wrong number",
        "I think you have the wrong number",
        "you texted the wrong person",
        "wrong #",
        "wrong phone number",
        "Wrong guy",
        "this isn't John",
        "This is not John Smith",
        "that's not me",
        "This isn't him",
        "I'm not John",
        "I am not the person you are looking for",
        "not John's phone",
        "this is not his number",
        "this is no longer her number",
        "This number does not belong to him",
        "I don't know any John",
        "I don't know a John Smith",
        "I don't know him",
        "don't know who that is",
        "never heard of him",
        "there is no John here",
        "no one here by that name",
        "Nobody named Tyrell at this number",
        "he doesn't live here anymore",
        "John does not live here",
        "she no longer lives here",
        "I just got this number",
        "I've had this number for 5 years",
        "you are looking for someone else",
        "This is his wife",
        "número equivocado",
        "Numero equivocado",
        "persona equivocada",
        "se equivocó de número",
        "Está equivocado de número",
        "no soy esa persona",
        "No soy Juan",
        "no conozco a Juan",
        "aquí no vive",
        "él ya no vive aquí",
        "este no es el número de Juan",
    ];
    all_are(&wordings, Asks::Nothing, true);
}

#[test]
fn a_message_may_say_both() {
    let wordings = [
        "Wrong number. STOP",
        "wrong number, stop texting me",
        "STOP wrong number",
        "I'm not John, don't call me again",
        "You have the wrong person. Take me off your list",
        "número equivocado, no me llamen más",
    ];
    all_are(&wordings, Asks::ProbableOptOut, true);
}

#[test]
fn names_and_numbers_denied_are_told() {
    let wordings = [
        "nobody by that name here",
        "no one by that name",
        "none by that name",
        "my name is not John",
        "my name isn't Tyrell",
        "my name is Jane, not John",
        "my name is Jane not John",
        "that's not my name",
        "This phone no longer belongs to John",
        "this number no longer belongs to him",
        "incorrect number",
        "incorrect person",
        "worng number",
        "Who's John?",
        "who is John Smith",
        "se equivoco",
        "se equivocó",
        "está equivocado",
        "usted se equivocó",
        "creo que se equivocaron",
        "ese no es mi nombre",
        "no me llamo Juan",
        "mi nombre no es Juan",
        "John ya no tiene este número",
        "Tyrell ya no usa este teléfono",
    ];
    all_are(&wordings, Asks::Nothing, true);
}

#[test]
fn other_people_and_mistaken_senders_are_told() {
    let wordings = [
        "no John here",
        "no such person here",
        "nobody here by that name",
        "there's nobody named John here",
        "My name is not Maria sorry",
        "that's not my name sorry",
        "I'm not John my name is Sue",
        "this number doesn't belong to John anymore",
        "phone no longer belongs to him",
        "Incorrect number!",
        "you have an incorrect number",
        "wromg number",
        "wrong nunber",
        "who is John?",
        "Whos John",
        "who's Maria?",
        "se equivocaron",
        "te equivocaste",
        "se equivoca",
        "está usted equivocado",
        "usted está equivocado",
        "está equivocada de persona",
        "no es mi nombre",
        "yo no me llamo así",
        "yo no soy Juan",
        "Juan ya no tiene este celular",
        "Juan ya no usa este número",
        "ya no es su número",
        "Juan cambió de número",
    ];
    all_are(&wordings, Asks::Nothing, true);
}
