//! Tags: where their expressions are, and where passes of loops and calls of macros end.

use std::collections::BTreeSet;

use minijinja::machinery::{
    Span,
    ast::{Expr, ForLoop, IfCond, Macro, Set, Stmt},
};

use super::{
    Read, Stop, Writer,
    calls::{BOUNDED, EACH, INCLUDED, SPEND},
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
                    for (target, value) in &with.assignments {
                        this.expression(value)?;
                        this.outline.define(target);
                    }
                    this.body(&with.body, pass)
                })?;
                with.span()
            }
            Stmt::Set(set) => return self.set(set),
            Stmt::SetBlock(set) => {
                self.outline.define(&set.target);
                set.filter.iter().try_for_each(|filter| self.expression(filter))?;
                self.body(&set.body, pass)?;
                set.span()
            }
            Stmt::AutoEscape(escape) => {
                self.expression(&escape.enabled)?;
                self.body(&escape.body, pass)?;
                escape.span()
            }
            Stmt::FilterBlock(filter) => {
                self.expression(&filter.filter)?;
                self.body(&filter.body, pass)?;
                filter.span()
            }
            Stmt::Block(block) => {
                self.at = block.span().start_offset as usize;
                // A required block may hold nothing, not even what counts.
                if !block.required {
                    self.scope(|this| this.repeated(&block.body))?;
                }
                block.span()
            }
            Stmt::Import(import) => {
                self.used(&import.expr, import.span(), false)?;
                self.outline.define(&import.name);
                import.span()
            }
            Stmt::FromImport(import) => {
                self.used(&import.expr, import.span(), false)?;
                if import.names.is_empty() {
                    return Err(Stop(self.at, "nothing is imported"));
                }
                for (name, alias) in &import.names {
                    self.outline.define(name);
                    alias.iter().for_each(|alias| self.outline.define(alias));
                }
                import.span()
            }
            Stmt::Extends(parent) => return self.used(&parent.name, parent.span(), true),
            Stmt::Include(include) => return self.used(&include.name, include.span(), false),
            Stmt::Macro(defined) => {
                self.outline.macros.insert(defined.name.to_owned());
                self.outline.name(defined.name);
                self.scope(|this| this.called(defined, defined.span()))?;
                defined.span()
            }
            Stmt::CallBlock(block) => {
                self.scope(|this| {
                    this.call(&block.call)?;
                    this.called(&block.macro_decl, block.span())
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
        self.outline.define(&each.target);
        let iter = self.tokens.after(each.target.span().end_offset as usize) + 1;
        self.expression(&each.iter)?;
        self.wrap(iter, &each.iter, EACH);
        each.filter_expr.iter().try_for_each(|filter| self.expression(filter))?;
        self.repeated(&each.body)?;
        self.at = self.tokens.0[self.tokens.tag(self.at)].2;
        self.body(&each.else_body, pass)
    }

    fn choice(&mut self, choice: &IfCond<'a>, pass: &mut usize) -> Read {
        self.expression(&choice.expr)?;
        self.body(&choice.true_body, pass)?;
        self.body(&choice.false_body, pass)
    }

    fn set(&mut self, set: &Set<'a>) -> Read {
        self.outline.define(&set.target);
        let value = self.tokens.after(set.target.span().end_offset as usize) + 1;
        self.expression(&set.expr)?;
        if has_attribute(&set.target) {
            self.wrap(value, &set.expr, BOUNDED);
        }
        Ok(())
    }

    /// A macro, or what a `call` hands to one.
    fn called(&mut self, called: &Macro<'a>, span: Span) -> Read {
        self.at = self.at.max(span.start_offset as usize);
        called.args.iter().for_each(|parameter| self.outline.define(parameter));
        called.defaults.iter().try_for_each(|default| self.expression(default))?;
        let bare = &called.args[..called.args.len() - called.defaults.len()];
        if bare.iter().any(|parameter| matches!(parameter, Expr::Var(name) if name.id == "caller")) {
            return Err(Stop(self.at, "a parameter called caller needs a default"));
        }
        self.repeated(&called.body)
    }

    /// The name of another template.
    fn used(&mut self, name: &Expr<'a>, span: Span, extends: bool) -> Read {
        self.texts.clear();
        self.variables.clear();
        self.expression(name)?;
        self.wrap(self.tokens.at(span.start_offset as usize) + 1, name, INCLUDED);
        let (texts, variables) = (std::mem::take(&mut self.texts), std::mem::take(&mut self.variables));
        self.outline.uses(texts, variables, extends);
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
