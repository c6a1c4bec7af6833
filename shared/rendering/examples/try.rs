use rendering::*;
fn main(){
 let ctx: serde_json::Value = serde_json::from_str(r#"{"amount":312.50,"s":"x","l":[1,2],"loan":{"n":1}}"#).unwrap();
 for t in ["Hi {{ name", "Hi {% if x %}", "{{ a b }}", "{% foo %}", "{{ x|currencyy }}", "a\n  {{ x is odder }}", "{{ foo(1) }}","{% include 'x' %}", "{% extends 'b' %}", "{{ missing.foo }}", "{{ missing + 1 }}", "{{ loan.x.y }}","{{ loan.x|upper + 1 }}", "{{ 's' + 1 }}","{{ s > 1 }}", "{{ s|currency }}", "{{ amount|currency('xx') }}","{{ amount|currency('en_US', 'EURO') }}", "{{ s|date }}","{{ '2026-01-15'|date('en','tiny') }}","{{ s.foo() }}", "{{ l|join(1,2,3,4) }}", "{{ l|sort(foo=1) }}", "{{ 1/0 }}", "{% for x in 5 %}{% endfor %}", "{% for a,b in l %}{% endfor %}", "{{ s|int + none }}", "{{ }}", "{% endif %}", "{{ 'abc }}", "{{ __calculate(1) }}", "{% set x = %}","{{ x | }}", "{% macro m(a) %}{% endmacro %}{{ m(1,2) }}", "{{ l|map('nope')|list }}", "{{ '%d' % 'x' }}", "{{ amount.foo }}|{{ amount.foo.bar }}", "{{ [1,2 }}", "{% block a %}{% block a %}{% endblock %}{% endblock %}", "{{ loop.index }}"] {
   let s = Source{content_text: Some(t.into()), ..Source::default()};
   for strict in [false,true] {
   match validate(&s).and_then(|()| render(&s,&ctx,Options{strict_undefined: strict})) { Ok(r)=>println!("{t:?} strict={strict} -> {:?}", r.content_text), Err(e)=>{println!("{t:?} strict={strict} !! {:?} {e}", e.kind); if !strict && e.kind!=ErrorKind::Undefined {break;}} }
   }
 }
}
