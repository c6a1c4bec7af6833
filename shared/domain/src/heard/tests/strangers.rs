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
