//! Tags: where their expressions are, and where passes of loops and calls of macros end.

use std::{borrow::Cow, collections::BTreeSet};

use minijinja::machinery::{
    Span, Token,
    ast::{AutoEscape, Block, Expr, ForLoop, IfCond, Macro, Set, Spanned, Stmt, WithBlock},
};

use super::{
    Read, Stop, Writer,
    calls::{BOUNDED, EACH, HIDDEN, INCLUDED, SPEND, TAKES},
};

impl<'a> Writer<'a, '_> {
    /// Statements in order; `pass` counts the bytes of plain text that each pass through them writes.
    pub(super) fn body(&mut self, statements: &[Stmt<'a>], pass: &mut usize) -> Read {
        statements.iter().try_for_each(|statement| self.statement(statement, pass))
    }

    /// What names have a value only in.
    fn scope(&mut self, inside: impl FnOnce(&mut Self) -> Read) -> Read {
        self.outline.scopes.push(BTreeSet::new());
        inside(self)?;
        self.outline.scopes.pop();
        Ok(())
    }

    fn statement(&mut self, statement: &Stmt<'a>, pass: &mut usize) -> Read {
        let span = match statement {
            Stmt::Template(template) => return self.body(&template.children, pass),
            Stmt::EmitExpr(emit) => return self.expression(&emit.expr),
            Stmt::EmitRaw(text) => {
                *pass += text.raw.len();
                text.span()
            }
            Stmt::ForLoop(each) => {
                self.scope(|this| this.each(each, pass))?;
                each.span()
            }
            Stmt::IfCond(choice) => {
                self.choice(choice, pass)?;
                choice.span()
            }
            Stmt::WithBlock(with) => {
                self.scope(|this| {
                    this.assignments(with)?;
                    this.body(&with.body, pass)
                })?;
                with.span()
            }
            Stmt::Set(set) => return self.set(set),
            Stmt::SetBlock(set) => {
                self.target(&set.target)?;
                self.outline.define(&set.target);
                self.at = set.target.span().end_offset as usize;
                set.filter.iter().try_for_each(|filter| self.expression(filter))?;
                self.apart(&set.body, pass)?;
                set.span()
            }
            Stmt::AutoEscape(escape) => {
                self.escaped(escape, pass)?;
                escape.span()
            }
            Stmt::FilterBlock(filter) => {
                self.expression(&filter.filter)?;
                // What the template writes inside is markup, whatever the filter makes of it.
                let end = self.tokens.end(self.at);
                self.edits.close(self.tokens.0[end - 1].2, "|safe");
                self.apart(&filter.body, pass)?;
                filter.span()
            }
            Stmt::Block(block) => {
                self.at = block.span().start_offset as usize;
                // A required block may hold nothing, not even what counts.
                if !block.required {
                    self.block(block)?;
                }
                block.span()
            }
            Stmt::Import(import) => {
                self.used(&import.expr, import.span(), false)?;
                if !matches!(import.name, Expr::Var(_)) {
                    return Err(Stop(self.at, "what is imported needs a name"));
                }
                self.outline.define(&import.name);
                import.span()
            }
            Stmt::FromImport(import) => {
                self.used(&import.expr, import.span(), false)?;
                if import.names.is_empty() {
                    return Err(Stop(self.at, "nothing is imported"));
                }
                let end = self.tokens.end(self.at);
                if matches!(self.tokens.0[end - 1].0, Token::Comma) {
                    return Err(Stop(self.at, "a name is missing after the comma"));
                }
                for (name, alias) in &import.names {
                    self.outline.define(name);
                    alias.iter().for_each(|alias| self.outline.define(alias));
                }
                import.span()
            }
            Stmt::Extends(parent) => return self.used(&parent.name, parent.span(), true),
            Stmt::Include(include) => {
                self.used(&include.name, include.span(), false)?;
                // What it sets is its own.
                let tag = self.tokens.at(include.span().start_offset as usize);
                self.begin(tag, "with %}{% ");
                let end = self.tokens.end(self.at);
                self.edits.insert(self.tokens.0[end].1, " %}{% endwith ");
                return Ok(());
            }
            Stmt::Macro(defined) => {
                self.outline.macros.insert(defined.name.to_owned());
                self.outline.name(defined.name);
                self.defined(defined)?;
                defined.span()
            }
            Stmt::CallBlock(block) => {
                self.scope(|this| {
                    this.call(&block.call)?;
                    this.called(&block.macro_decl, block.span(), "endcall")
                })?;
                block.span()
            }
            Stmt::Continue(next) => {
                self.at = next.span().start_offset as usize;
                let tag = self.tokens.at(self.at) - 1;
                self.count(tag, *pass);
                return Ok(());
            }
            Stmt::Break(end) => end.span(),
            Stmt::Do(run) => return self.call(&run.call),
        };
        self.at = span.end_offset as usize;
        Ok(())
    }

    fn each(&mut self, each: &ForLoop<'a>, pass: &mut usize) -> Read {
        self.target(&each.target)?;
        self.outline.define(&each.target);
        let iter = self.tokens.after(each.target.span().end_offset as usize) + 1;
        // The engine tests and counts only what the outermost loop goes through.
        let again = each.recursive && (each.filter_expr.is_some() || !each.else_body.is_empty());
        let name = again.then(|| format!("__loop{iter}"));
        self.expression(&each.iter)?;
        let next = self.wrap(iter, &each.iter, EACH);
        if let Some(name) = &name {
            self.recurses(each, name, iter, next);
        }
        each.filter_expr.iter().try_for_each(|filter| self.expression(filter))?;
        self.recursion.push(name.clone());
        let loops = self.loops;
        self.loops = Some(loops.unwrap_or(0) + 1);
        self.repeated(&each.body)?;
        self.loops = loops;
        self.recursion.pop();
        let tag = self.tokens.tag(self.at);
        self.at = self.tokens.0[tag].2;
        self.body(&each.else_body, pass)?;
        if let Some(name) = name {
            let otherwise = matches!(self.tokens.0[tag + 1].0, Token::Ident("else"));
            let end =
                self.tokens.end(self.tokens.0[if otherwise { self.tokens.tag(self.at) } else { tag }].2);
            let call = format!(" %}}{{% endmacro %}}{{{{ {name}({name}_of) }}}}{{% do {SPEND}(0) ");
            self.edits.insert(self.tokens.0[end].1, call);
        }
        Ok(())
    }

    /// Makes of `{% for a in b if c recursive %}` a macro with the loop in it.
    fn recurses(&mut self, each: &ForLoop<'a>, name: &str, iter: usize, next: usize) {
        let (start, end) = (each.target.span().start_offset as usize, self.tokens.0[iter - 1].1);
        let first = self.tokens.0.partition_point(|(_, at, _)| *at < start);
        let first = (0..first)
            .rev()
            .find(|token| matches!(self.tokens.0[*token].0, Token::Ident("for")))
            .unwrap_or(first);
        let target = self.source[self.tokens.0[first].2..end].trim().replace('\n', " ");
        for token in first..iter {
            let text = if token == first { format!("set {name}_of = ") } else { String::new() };
            self.edits.replace(&self.tokens.0[token], text);
        }
        let at = self.tokens.0[next - 1].2;
        let inside = format!(" %}}{{% macro {name}({name}_in) %}}{{% for {target} in {name}_in ");
        self.edits.close(at, inside);
        let tag_end = self.tokens.end(at);
        if let Some(token) =
            (next..tag_end).find(|token| matches!(self.tokens.0[*token].0, Token::Ident("recursive")))
        {
            self.edits.replace(&self.tokens.0[token], "");
        }
    }

    /// What is assigned to: names, or an attribute of a name.
    fn target(&self, target: &Expr<'a>) -> Read {
        let reserved = ["in", "is", "if", "else", "and", "or", "not"];
        let whole = match target {
            Expr::Var(name) => !reserved.contains(&name.id),
            Expr::GetAttr(attribute) => matches!(attribute.expr, Expr::Var(_)),
            Expr::List(list) if !list.items.is_empty() => {
                return list.items.iter().try_for_each(|item| self.target(item));
            }
            _ => false,
        };
        let fault = "this cannot be given a value";
        if whole { Ok(()) } else { Err(Stop(target.span().start_offset as usize, fault)) }
    }

    /// Of several values of one `with` none sees the others: all are found out before the first name is given one.
    fn assignments(&mut self, with: &WithBlock<'a>) -> Read {
        let several = with.assignments.len() > 1;
        let mut names = Vec::new();
        for (index, (target, value)) in with.assignments.iter().enumerate() {
            if let (true, Expr::Var(name)) = (several, target) {
                let token = self.tokens.at(name.span().start_offset as usize);
                self.edits.replace(&self.tokens.0[token], format!("__with{index}"));
                names.push(format!(", {}=__with{index}", name.id));
            }
            self.expression(value)?;
        }
        with.assignments.iter().for_each(|(target, _)| self.outline.define(target));
        if !names.is_empty() {
            let end = self.tokens.end(self.at);
            self.edits.insert(self.tokens.0[end].1, names.concat());
        }
        Ok(())
    }

    /// A body whose names are its own.
    fn apart(&mut self, body: &[Stmt<'a>], pass: &mut usize) -> Read {
        let end = self.tokens.end(self.at);
        self.edits.insert(self.tokens.0[end].1, " %}{% with ");
        self.at = self.tokens.0[end].2;
        self.scope(|this| this.body(body, pass))?;
        let tag = self.tokens.tag(self.at);
        self.begin(tag + 1, "endwith %}{% ");
        Ok(())
    }

    /// Escaping by a constant is known to what is defined inside; names are the block's own.
    fn escaped(&mut self, escape: &Spanned<AutoEscape<'a>>, pass: &mut usize) -> Read {
        let tag = self.tokens.at(escape.span().start_offset as usize);
        self.begin(tag, "with %}{% ");
        self.expression(&escape.enabled)?;
        self.escapes.push(match &escape.enabled {
            Expr::Const(constant) => {
                Some(if constant.value.is_true() { "true".into() } else { "false".into() })
            }
            _ => None,
        });
        self.at = self.tokens.0[self.tokens.end(self.at)].2;
        self.scope(|this| this.body(&escape.body, pass))?;
        self.escapes.pop();
        let tag = self.tokens.tag(self.at);
        let end = self.tokens.end(self.tokens.0[tag].1);
        self.edits.insert(self.tokens.0[end].1, " %}{% endwith ");
        Ok(())
    }

    /// A block sees the template's names and not those of the loops and macros around it, and escapes as the
    /// environment does.
    fn block(&mut self, block: &Spanned<Block<'a>>) -> Read {
        let tag = self.tokens.at(block.span().start_offset as usize);
        let end = self.tokens.end(self.at);
        let scoped =
            self.tokens.0[tag..end].iter().any(|(token, ..)| matches!(token, Token::Ident("scoped")));
        let around: BTreeSet<String> = self.outline.scopes[1..].iter().flatten().cloned().collect();
        let hides = !scoped && !around.is_empty();
        if hides {
            let names: Vec<_> = around.iter().map(|name| format!("{name}={HIDDEN}()")).collect();
            self.begin(tag, format!("with {} %}}{{% ", names.join(", ")));
        }
        let scopes = if scoped { None } else { Some(self.outline.scopes.split_off(1)) };
        let recursion = std::mem::take(&mut self.recursion);
        let loops = self.loops;
        if !scoped {
            self.loops = loops.filter(|loops| *loops > 0).map(|_| 0);
        }
        self.escapes.push(self.escapes.first().cloned().flatten());
        self.scope(|this| this.escaping(&block.body, "endblock"))?;
        self.escapes.pop();
        self.recursion = recursion;
        self.loops = loops;
        self.outline.scopes.extend(scopes.into_iter().flatten());
        if hides {
            let tag = self.tokens.tag(self.at);
            let end = self.tokens.end(self.tokens.0[tag].1);
            self.edits.insert(self.tokens.0[end].1, " %}{% endwith ");
        }
        Ok(())
    }

    /// A body that escapes as its place in the source says, whoever runs it.
    fn escaping(&mut self, body: &[Stmt<'a>], end_tag: &str) -> Read {
        let escapes = self.escapes.last().cloned().flatten();
        if let Some(escapes) = &escapes {
            let end = self.tokens.end(self.at);
            self.edits.insert(self.tokens.0[end].1, format!(" %}}{{% autoescape {escapes} "));
        }
        self.at = self.tokens.0[self.tokens.end(self.at)].2;
        self.repeated(body)?;
        if escapes.is_some() {
            let tag = self.tokens.tag(self.at);
            debug_assert!(matches!(self.tokens.0[tag + 1].0, Token::Ident(end) if end == end_tag));
            self.begin(tag + 1, "endautoescape %}{% ");
        }
        Ok(())
    }

    /// A macro; one that asks for arguments beyond its parameters gets two more for them.
    fn defined(&mut self, defined: &Spanned<Macro<'a>>) -> Read {
        let outer = std::mem::take(&mut self.extra);
        let name = self.tokens.at(defined.span().start_offset as usize) + 1;
        let end = self.tokens.end(self.tokens.0[name].1);
        if matches!(self.tokens.0[end - 2].0, Token::Comma) {
            return Err(Stop(self.tokens.0[end - 2].1, "a parameter is missing after the comma"));
        }
        let recursion = std::mem::take(&mut self.recursion);
        self.scope(|this| this.called(defined, defined.span(), "endmacro"))?;
        self.recursion = recursion;
        let extra = std::mem::replace(&mut self.extra, outer);
        if extra.positional || extra.named || self.inspected {
            let mut more = Vec::new();
            more.extend(extra.positional.then_some("varargs=()"));
            more.extend(extra.named.then_some("kwargs={}"));
            if !more.is_empty() {
                let comma = if defined.args.is_empty() { "" } else { ", " };
                self.edits.insert(self.tokens.0[end - 1].1, format!("{comma}{}", more.join(", ")));
            }
            let tag = self.tokens.tag(self.at);
            let end = self.tokens.end(self.tokens.0[tag].1);
            let name = defined.name;
            self.edits.insert(self.tokens.0[end].1, format!(" %}}{{% set {name} = {TAKES}({name}) "));
        }
        Ok(())
    }

    fn choice(&mut self, choice: &IfCond<'a>, pass: &mut usize) -> Read {
        self.expression(&choice.expr)?;
        self.body(&choice.true_body, pass)?;
        self.body(&choice.false_body, pass)
    }

    fn set(&mut self, set: &Set<'a>) -> Read {
        self.target(&set.target)?;
        self.outline.define(&set.target);
        let value = self.tokens.after(set.target.span().end_offset as usize) + 1;
        self.expression(&set.expr)?;
        if has_attribute(&set.target) {
            self.wrap(value, &set.expr, BOUNDED);
        }
        Ok(())
    }

    /// A macro, or what a `call` hands to one.
    fn called(&mut self, called: &Macro<'a>, span: Span, end_tag: &str) -> Read {
        self.at = self.at.max(span.start_offset as usize);
        called.args.iter().for_each(|parameter| self.outline.define(parameter));
        let mut late = Vec::new();
        let without = called.args.len() - called.defaults.len();
        for (parameter, default) in called.args[without..].iter().zip(&called.defaults) {
            late.extend(self.default(&called.args, parameter, default)?);
        }
        let bare = &called.args[..called.args.len() - called.defaults.len()];
        if bare.iter().any(|parameter| matches!(parameter, Expr::Var(name) if name.id == "caller")) {
            return Err(Stop(self.at, "a parameter called caller needs a default"));
        }
        let end = self.tokens.end(self.at);
        self.escaping(&called.body, end_tag)?;
        if !late.is_empty() {
            self.edits.insert(self.tokens.0[end].1, late.concat());
        }
        Ok(())
    }

    /// The default of a parameter. One made of other parameters is found out in the body, where these have their values;
    /// what does so is the answer.
    fn default(
        &mut self,
        all: &[Expr<'a>],
        parameter: &Expr<'a>,
        default: &Expr<'a>,
    ) -> Result<Option<String>, Stop> {
        let outer = std::mem::take(&mut self.variables);
        let mark = self.edits.mark();
        self.expression(default)?;
        let asked = std::mem::replace(&mut self.variables, outer);
        let depends = all.iter().any(|other| matches!(other, Expr::Var(name) if asked.contains(name.id)));
        self.variables.extend(asked);
        let (true, Expr::Var(parameter)) = (depends, parameter) else { return Ok(None) };
        let first = self.tokens.at(parameter.span().start_offset as usize) + 2;
        let bare = self.tokens.at(default.span().end_offset as usize);
        let around = self.tokens.0[first..bare].iter().fold(0, |around, (token, ..)| match token {
            Token::ParenOpen => around + 1,
            Token::ParenClose => around - 1,
            _ => around,
        });
        let (start, end) = (self.tokens.0[first].1, self.tokens.0[bare + around - 1].2);
        let text = self.edits.split_off(mark).applied_within(self.source, start, end);
        self.edits.substitute(start, end, format!("{HIDDEN}()"));
        let name = parameter.id;
        Ok(Some(format!(
            " %}}{{% if {name} is undefined %}}{{% set {name} = {} %}}{{% endif ",
            text.replace('\n', " ")
        )))
    }

    /// Puts text at the beginning of a tag whose name is this token.
    fn begin(&mut self, name: usize, text: impl Into<Cow<'static, str>>) {
        self.edits.insert(self.tokens.0[name].1, text);
    }

    /// The name of another template.
    fn used(&mut self, name: &Expr<'a>, span: Span, extends: bool) -> Read {
        self.texts.clear();
        self.expression(name)?;
        self.wrap(self.tokens.at(span.start_offset as usize) + 1, name, INCLUDED);
        let texts = std::mem::take(&mut self.texts);
        self.outline.uses(texts, extends);
        Ok(())
    }

    /// A body that may run more than once; each pass through it is counted where it ends.
    fn repeated(&mut self, body: &[Stmt<'a>]) -> Read {
        let mut pass = 0;
        self.body(body, &mut pass)?;
        self.count(self.tokens.tag(self.at), pass);
        Ok(())
    }

    /// Makes of `{% endfor %}` a `{% do __spend(12) %}{% endfor %}`: marks that strip white space stay
    /// where they are.
    fn count(&mut self, tag: usize, bytes: usize) {
        let inside = self.tokens.0[tag].2;
        self.edits.insert(inside, format!(" do {SPEND}({bytes}) %}}{{%"));
    }
}

fn has_attribute(target: &Expr<'_>) -> bool {
    match target {
        Expr::GetAttr(_) => true,
        Expr::List(list) => list.items.iter().any(has_attribute),
        _ => false,
    }
}
