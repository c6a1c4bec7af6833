//! Characters and scripts that notices to borrowers need.

use domain::letter::Sheet;

use crate::{looks::drawn, print, refusal};

fn in_language(language: &str, html: &str) -> Vec<u8> {
    letters::print(html, &Sheet { language: language.into(), ..Sheet::default() })
        .unwrap_or_else(|unprinted| panic!("{language}: {unprinted}"))
}

/// Pixels of the first page that are dark.
fn ink(pdf: &[u8]) -> usize {
    drawn(pdf)[0].pixels().filter(|shade| shade.0[0] < 128).count()
}

#[test]
fn marks_and_boxes_of_notices_are_printed() {
    const MARKS: &str = "☐☑☒✓✗✔✘§¶†‡•→←↑↓★☆½¼¾⅓⅔⅕⅛⅜⅝⅞①②③⑩▲►●■□☎№℠©®™°±×÷≤≥≠€£¢¥";
    let marks: String = MARKS.chars().map(|c| format!("a {c} b ")).collect();
    for html in [format!("<p>{marks}"), format!("<p style='font-family:Courier'><b>{marks}</b>")] {
        print(&html).unwrap_or_else(|refusal| panic!("{}", refusal.0));
    }
    // As the model form of 12 CFR 1006, Appendix B has them.
    let notice = "<style>li{list-style:none}li::before{content:'\\2610 '}</style><p>How do you want to respond?\
        <ul><li>I want to dispute the debt because I think:<li>This is not my debt.</ul><p>☐ The amount is wrong.";
    assert!(
        ink(&print(notice).unwrap()) > ink(&print(&notice.replace("\\2610 ", "").replace('☐', "")).unwrap())
    );
}

#[test]
fn letters_are_printed_in_the_languages_of_borrowers() {
    let little = ink(&print("<p>a<p>$18,500.00").unwrap());
    for (language, text) in [
        ("es-US", "Estimada señora Núñez: ¿necesita ayuda? «Pago automático»"),
        ("pl", "Łódź, proszę zapłacić żądaną kwotę"),
        ("cs", "Příliš žluťoučký kůň"),
        ("tr", "Şu işlem için gecikme ücreti ığ"),
        ("tl", "Paunawa tungkol sa iyong utang"),
        ("vi", "Thông báo về khoản vay của quý vị: số tiền đến hạn"),
        ("el", "Ειδοποίηση για το δάνειό σας"),
        ("ru", "Уведомление о вашем кредите, ваш платёж"),
        ("uk", "Повідомлення про ваш кредит, ґрунт є"),
        ("ar", "إشعار بشأن قرضك: المبلغ المستحق إلى الآن"),
        ("fa", "اطلاعیه وام شما"),
        ("ur", "آپ کے قرض کی اطلاع"),
        ("he", "הודעה על ההלוואה שלך"),
        ("hi", "प्रिय ग्राहक, कृपया अपने ऋण का भुगतान करें"),
        ("bn", "প্রিয় গ্রাহক, আপনার ঋণের বিজ্ঞপ্তি"),
        ("gu", "પ્રિય ગ્રાહક, તમારી લોન વિશે સૂચના"),
        ("pa", "ਤੁਹਾਡੇ ਕਰਜ਼ੇ ਬਾਰੇ ਸੂਚਨਾ"),
        ("ta", "உங்கள் கடன் அறிவிப்பு"),
        ("te", "మీ రుణం గురించి నోటీసు"),
        ("th", "แจ้งเตือนเงินกู้ของคุณ จำนวนเงินที่ต้องชำระ"),
        ("lo", "ແຈ້ງການກ່ຽວກັບເງິນກູ້"),
        ("km", "សេចក្តីជូនដំណឹងអំពីប្រាក់កម្ចី"),
        ("my", "သင့်ချေးငွေအကြောင်း"),
        ("hy", "Ձեր վարկի մասին ծանուցում"),
        ("ka", "შეტყობინება სესხის შესახებ"),
        ("am", "ስለ ብድርዎ ማስታወቂያ"),
        ("ko", "대출 안내: 귀하의 납부 금액"),
        ("zh-CN", "贷款通知：请支付您的款项。"),
        ("zh-TW", "貸款通知：請支付您的款項。"),
        ("ja", "ローンのお知らせ：お支払い金額"),
    ] {
        let pdf = in_language(
            language,
            &format!("<p>{text}</p><p style='font-family:Arial'><b>{text}</b> $18,500.00"),
        );
        assert!(ink(&pdf) > little + 100, "{language}");
        // Also where it goes on over lines.
        in_language(language, &format!("<p>{}", format!("{text} ").repeat(20)));
    }
}

#[test]
fn a_language_is_set_in_its_own_forms_of_common_characters() {
    let html = "<p>直骨令";
    assert_ne!(in_language("ja", html), in_language("zh-CN", html));
}

#[test]
fn what_cannot_be_told_from_the_page_is_refused() {
    for text in ["שָׁלוֹם", "بِسْمِ"] {
        let beginning = format!("words would be missing from the pages, first “{text}”");
        assert!(refusal(&format!("<p>{text}")).starts_with(&beginning), "{text}");
    }
}
