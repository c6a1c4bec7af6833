//! Tags: which names get which values, and where.

use minijinja::machinery::ast::{Block, Expr, ForLoop, Macro, Stmt};

use super::{Defined, Walk, known::Known, path::Path, texts};

impl<'a> Walk<'a> {
    pub(super) fn body(&mut self, statements: &'a [Stmt<'a>]) {
        statements.iter().for_each(|statement| self.statement(statement));
    }

    fn scope(&mut self, inside: impl FnOnce(&mut Self)) {
        self.names.open();
        inside(self);
        self.names.close();
    }

    fn statement(&mut self, statement: &'a Stmt<'a>) {
        self.spend();
        match statement {
            Stmt::Template(template) => self.body(&template.children),
            Stmt::EmitExpr(emit) => self.discard(&emit.expr),
            Stmt::EmitRaw(_) | Stmt::Continue(_) | Stmt::Break(_) => {}
            Stmt::ForLoop(each) => self.each(each),
            Stmt::IfCond(choice) => {
                self.discard(&choice.expr);
                self.branches(&choice.true_body, &choice.false_body);
            }
            Stmt::WithBlock(with) => self.scope(|this| {
                for (target, value) in &with.assignments {
                    let known = this.value(value);
                    this.assign(target, known);
                }
                this.body(&with.body);
            }),
            Stmt::Set(set) => {
                let known = self.value(&set.expr);
                self.assign(&set.target, known);
            }
            Stmt::SetBlock(set) => {
                set.filter.iter().for_each(|filter| self.discard(filter));
                self.body(&set.body);
                self.assign(&set.target, Known::Plain);
            }
            Stmt::AutoEscape(escape) => {
                self.discard(&escape.enabled);
                self.body(&escape.body);
            }
            Stmt::FilterBlock(filter) => {
                self.discard(&filter.filter);
                self.body(&filter.body);
            }
            Stmt::Block(block) => self.block(block),
            Stmt::Import(import) => {
                let module = self.imported(&import.expr);
                self.assign(&import.name, module);
            }
            Stmt::FromImport(import) => {
                let module = self.imported(&import.expr);
                for (name, alias) in &import.names {
                    let Expr::Var(variable) = name else { continue };
                    self.assign(alias.as_ref().unwrap_or(name), module.member(variable.id));
                }
            }
            // Walked through when all of this one was.
            Stmt::Extends(parent) => self.discard(&parent.name),
            Stmt::Include(include) => {
                self.discard(&include.name);
                for name in texts(&include.name) {
                    self.apart(&name);
                }
            }
            Stmt::Macro(defined) => {
                let known = self.define(defined);
                self.names.set(defined.name, known);
            }
            Stmt::CallBlock(block) => {
                let body = self.define(&block.macro_decl);
                self.call(&block.call, Some(body));
            }
            Stmt::Do(run) => {
                self.call(&run.call, None);
            }
        }
    }

    /// One of two bodies runs, which see the names around them.
    fn branches(&mut self, one: &'a [Stmt<'a>], other: &'a [Stmt<'a>]) {
        let branches = [one, other].map(|body| {
            self.names.open();
            self.body(body);
            self.names.close()
        });
        let globals = &self.globals;
        let free = |name: &str| match globals.contains(name) {
            true => Known::Other,
            false => Known::At(Path::variable_named(name)),
        };
        self.names.meet(branches, free);
    }

    fn each(&mut self, each: &'a ForLoop<'a>) {
        let entry = self.value(&each.iter).entry();
        self.scope(|this| {
            let neighbors = ["previtem", "nextitem"].map(|name| (name, entry.clone()));
            this.names.set("loop", Known::members(neighbors));
            this.assign(&each.target, entry);
            each.filter_expr.iter().for_each(|filter| this.discard(filter));
            this.body(&each.body);
        });
        self.branches(&each.else_body, &[]);
    }

    /// Gives a value to the names of a target.
    pub(super) fn assign(&mut self, target: &'a Expr<'a>, known: Known) {
        let several = match target {
            Expr::Var(name) => return self.names.set(name.id, known),
            Expr::List(list) => &list.items,
            Expr::Tuple(tuple) => &tuple.items,
            _ => return,
        };
        for (place, target) in several.iter().enumerate() {
            let known = match &known {
                Known::Members(_) => known.member(&place.to_string()),
                _ => Known::Other,
            };
            self.assign(target, known);
        }
    }

    /// A block, and what stands in its place. Of a template that extends another one it is that one's to say where.
    fn block(&mut self, block: &'a Block<'a>) {
        if self.place.extends {
            self.blocks.entry(block.name).or_default().blocks.push(block);
            return;
        }
        if let Some(filling) = self.blocks.get_mut(block.name) {
            filling.is_used = true;
            filling.blocks.clone().into_iter().for_each(|block| self.fill(block));
        }
        self.fill(block);
    }

    pub(super) fn fill(&mut self, block: &'a Block<'a>) {
        // A block within it stands where it stands.
        let extends = std::mem::replace(&mut self.place.extends, false);
        self.scope(|this| {
            this.names.set("super", Known::Other);
            this.body(&block.body);
        });
        self.place.extends = extends;
    }

    fn imported(&mut self, name: &'a Expr<'a>) -> Known {
        self.discard(name);
        let modules = texts(name).into_iter().map(|name| self.module(&name));
        modules.collect::<Vec<_>>().into_iter().reduce(Known::or).unwrap_or(Known::Other)
    }

    /// A macro where it stands; the defaults of its parameters are looked up when it is called.
    fn define(&mut self, source: &'a Macro<'a>) -> Known {
        self.macros.push(Defined { source, names: self.names.clone(), place: self.place });
        Known::Macro(self.macros.len() - 1)
    }
}
