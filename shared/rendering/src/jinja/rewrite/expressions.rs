//! Expressions: operators, slices, keys and what may grow.

use minijinja::machinery::{
    Span, Token,
    ast::{BinOp, BinOpKind, Call, CallArg, Expr, Map, Slice, Spanned, UnaryOp, UnaryOpKind},
};

use super::{
    Read, Stop, Writer,
    calls::{BOUNDED, CALCULATE, COMPARE, CONCATENATE, GROWING, HIDDEN, KEY, LOOKUP, NEGATE, SLICE},
};

/// Operands in one call; the engine takes up to 2,000 arguments.
const OPERANDS: usize = 900;

/// Expressions within expressions: more than anybody writes, and less than a stack has room for.
const DEPTH: usize = 1_000;

impl<'a> Writer<'a, '_> {
    pub(super) fn expression(&mut self, expression: &Expr<'a>) -> Read {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Stop(expression.span().start_offset as usize, "the expression is too deep"));
        }
        self.parts(expression)?;
        self.depth -= 1;
        self.at = end(expression);
        Ok(())
    }

    fn parts(&mut self, expression: &Expr<'a>) -> Read {
        match expression {
            // Outside of a loop it is no loop, even where the template is included in one.
            Expr::Var(variable) if variable.id == "loop" && self.loops == Some(0) => {
                let token = self.tokens.at(variable.span().start_offset as usize);
                self.edits.replace(&self.tokens.0[token], format!("{HIDDEN}()"));
            }
            Expr::Var(variable) => {
                self.variables.insert(variable.id.to_owned());
                self.extra.named |= variable.id == "kwargs";
                self.extra.positional |= variable.id == "varargs";
            }
            Expr::Const(constant) => self.texts.extend(constant.value.as_str().map(str::to_owned)),
            Expr::Slice(slice) => self.slice(slice)?,
            Expr::UnaryOp(unary) => self.unary(unary)?,
            Expr::BinOp(binary) => self.binary(binary)?,
            Expr::Compare(compare) => {
                let operands = compare.ops.iter().map(|operation| &operation.expr);
                self.compare(&compare.expr, operands, compare.span())?;
            }
            Expr::IfExpr(choice) => {
                self.expression(&choice.true_expr)?;
                self.expression(&choice.test_expr)?;
                choice.false_expr.iter().try_for_each(|other| self.expression(other))?;
            }
            Expr::Filter(filter) => {
                filter.expr.iter().try_for_each(|filtered| self.expression(filtered))?;
                self.arguments(&filter.args)?;
            }
            Expr::Test(test) => {
                self.expression(&test.expr)?;
                let next = self.tokens.at(test.span().end_offset as usize);
                if test.args.is_empty() && matches!(self.tokens.0.get(next), Some((Token::Ident("is"), ..))) {
                    let message = "tests cannot be chained; put the first one in parentheses";
                    return Err(Stop(self.tokens.0[next].1, message));
                }
                self.arguments(&test.args)?;
            }
            Expr::GetAttr(attribute) => self.expression(&attribute.expr)?,
            Expr::GetItem(item) => {
                self.expression(&item.expr)?;
                let bracket = self.tokens.after(end(&item.expr));
                if matches!(self.tokens.0[bracket].0, Token::BracketOpen) {
                    self.key(bracket + 1, &item.subscript_expr, LOOKUP)?;
                }
            }
            Expr::Call(call) => return self.call(call),
            Expr::List(list) => {
                list.items.iter().try_for_each(|item| self.expression(item))?;
                self.grows(list.span());
            }
            Expr::Tuple(tuple) => tuple.items.iter().try_for_each(|item| self.expression(item))?,
            Expr::Map(map) => self.object(map)?,
        }
        Ok(())
    }

    /// Puts an expression whose first token is counted `first` into a call; which token is the next.
    pub(super) fn wrap(&mut self, first: usize, expression: &Expr<'a>, function: &str) -> usize {
        let bare = self.tokens.at(end(expression));
        let around = self.tokens.0[first..bare].iter().fold(0, |around, (token, ..)| match token {
            Token::ParenOpen => around + 1,
            Token::ParenClose => around - 1,
            _ => around,
        });
        let next = bare + around;
        self.edits.enclose(self.tokens.0[first].1, self.tokens.0[next - 1].2, format!("{function}("));
        next
    }

    pub(super) fn call(&mut self, call: &Spanned<Call<'a>>) -> Read {
        self.expression(&call.expr)?;
        match &call.expr {
            Expr::Var(name) => {
                self.outline.called.insert(name.id.to_owned());
            }
            // The engine compares the arguments of `loop.changed()` by itself.
            Expr::GetAttr(method) if method.name == "changed" => {
                let mut first = self.tokens.after(end(&call.expr)) + 1;
                for argument in &call.args {
                    let CallArg::Pos(argument) = argument else {
                        return Err(Stop(self.at, "loop.changed() takes values without names"));
                    };
                    self.expression(argument)?;
                    first = self.wrap(first, argument, BOUNDED) + 1;
                }
                self.at = call.span().end_offset as usize;
                return Ok(());
            }
            Expr::GetAttr(method) if method.name == "cycle" && call.args.is_empty() => {
                return Err(Stop(self.at, "loop.cycle() needs values"));
            }
            _ => {}
        }
        if let (Expr::Var(name), Some(recursion), [CallArg::Pos(_)]) =
            (&call.expr, self.recursion.last(), &call.args[..])
            && name.id == "loop"
            && let Some(macro_name) = recursion
        {
            let loop_token = self.tokens.at(name.span().start_offset as usize);
            self.edits.replace(&self.tokens.0[loop_token], macro_name.clone());
        }
        self.arguments(&call.args)?;
        self.at = call.span().end_offset as usize;
        Ok(())
    }

    /// Arguments of a call; refused in an order that Jinja2 refuses.
    fn arguments(&mut self, arguments: &[CallArg<'a>]) -> Read {
        let (mut list_spread, mut object_spread) = (false, false);
        for argument in arguments {
            let fault = match argument {
                CallArg::PosSplat(_) if list_spread || object_spread => {
                    Some("only one list can be spread into arguments, before any object")
                }
                CallArg::KwargSplat(_) if object_spread => {
                    Some("only one object can be spread into arguments")
                }
                CallArg::Kwarg(..) if object_spread => {
                    Some("no argument can follow an object spread into arguments")
                }
                CallArg::Pos(_) if list_spread || object_spread => {
                    Some("no argument can follow what is spread into arguments")
                }
                CallArg::Pos(_) | CallArg::Kwarg(..) | CallArg::PosSplat(_) | CallArg::KwargSplat(_) => None,
            };
            list_spread |= matches!(argument, CallArg::PosSplat(_));
            object_spread |= matches!(argument, CallArg::KwargSplat(_));
            let (CallArg::Pos(value)
            | CallArg::Kwarg(_, value)
            | CallArg::PosSplat(value)
            | CallArg::KwargSplat(value)) = argument;
            if let Some(fault) = fault {
                return Err(Stop(start(value), fault));
            }
            self.expression(value)?;
        }
        Ok(())
    }

    fn unary(&mut self, unary: &Spanned<UnaryOp<'a>>) -> Read {
        self.expression(&unary.expr)?;
        let span = unary.span();
        let minus = self.tokens.at(span.start_offset as usize);
        match (&unary.op, &unary.expr) {
            (UnaryOpKind::Not, _) => {}
            (UnaryOpKind::Neg, Expr::Const(number))
                if number.value.is_number() && !matches!(self.tokens.0[minus + 1].0, Token::ParenOpen) => {}
            (UnaryOpKind::Neg, _) => {
                self.edits.replace(&self.tokens.0[minus], " ");
                self.enclose(span, NEGATE);
            }
        }
        Ok(())
    }

    fn binary(&mut self, binary: &Spanned<BinOp<'a>>) -> Read {
        match chained(binary.op) {
            Some((_, function)) => self.chain(binary, function),
            None if matches!(binary.op, BinOpKind::ScAnd | BinOpKind::ScOr) => {
                self.expression(&binary.left)?;
                self.expression(&binary.right)
            }
            None => self.compare(&binary.left, [&binary.right], binary.span()),
        }
    }

    fn compare<'e>(
        &mut self,
        first: &Expr<'a>,
        operands: impl IntoIterator<Item = &'e Expr<'a>>,
        span: Span,
    ) -> Read
    where
        'a: 'e,
    {
        self.expression(first)?;
        for operand in operands {
            self.operator();
            self.expression(operand)?;
        }
        // The span of a comparison begins with the token before it.
        let start = self.tokens.at(span.start_offset as usize) + 1;
        self.edits.enclose(self.tokens.0[start].1, span.end_offset as usize, format!("{COMPARE}("));
        Ok(())
    }

    /// Operands of one precedence, in one call for all of them: as nested calls, long sums would be too deep.
    fn chain(&mut self, binary: &Spanned<BinOp<'a>>, function: &str) -> Read {
        let (mut first, mut rest) = (&binary.left, vec![&binary.right]);
        while let Expr::BinOp(inner) = first
            && chained(inner.op) == chained(binary.op)
            && inner.span().start_offset == binary.span().start_offset
        {
            rest.push(&inner.right);
            first = &inner.left;
        }
        self.expression(first)?;
        let start = binary.span().start_offset as usize;
        for (operands, operand) in rest.into_iter().rev().enumerate() {
            if operands > 0 && operands % (OPERANDS - 1) == 0 {
                let last = self.tokens.after(self.at) - 1;
                self.edits.enclose(start, self.tokens.0[last].2, format!("{function}("));
            }
            self.operator();
            self.expression(operand)?;
        }
        self.enclose(binary.span(), function);
        Ok(())
    }

    /// Makes an argument of the operator after what was read last, and a comma of `~`.
    fn operator(&mut self) {
        let place = self.tokens.after(self.at);
        let argument = match &self.tokens.0[place] {
            (Token::Tilde, ..) => ", ".to_owned(),
            token @ (Token::Ident("not"), ..) => {
                self.edits.replace(token, "");
                self.edits.replace(&self.tokens.0[place + 1], ", \"not in\", ");
                return;
            }
            (_, start, end) => format!(", \"{}\", ", &self.source[*start..*end]),
        };
        self.edits.replace(&self.tokens.0[place], argument);
    }

    /// `[start:stop:step]` as a call with `none` for what is left out.
    fn slice(&mut self, slice: &Spanned<Slice<'a>>) -> Read {
        self.expression(&slice.expr)?;
        let bracket = self.tokens.after(end(&slice.expr));
        let mut next = bracket + 1;
        for bound in [&slice.start, &slice.stop, &slice.step] {
            if let Some(bound) = bound {
                self.key(next, bound, KEY)?;
                next = self.tokens.after(end(bound));
            }
            let token = &self.tokens.0[next];
            let given = bound.is_some();
            if matches!(token.0, Token::Colon) {
                self.edits.replace(token, if given { ", " } else { "none, " });
                next += 1;
            } else {
                self.edits.replace(token, if given { ")" } else { "none)" });
                break;
            }
        }
        self.edits.replace(&self.tokens.0[bracket], ", ");
        let start = start(&slice.expr).min(slice.span().start_offset as usize);
        self.edits.insert(start, format!("{SLICE}("));
        Ok(())
    }

    fn object(&mut self, map: &Spanned<Map<'a>>) -> Read {
        let mut next = self.tokens.at(map.span().start_offset as usize) + 1;
        for (key, value) in map.keys.iter().zip(&map.values) {
            self.key(next, key, KEY)?;
            self.expression(value)?;
            next = self.tokens.after(end(value)) + 1;
        }
        self.grows(map.span());
        Ok(())
    }

    /// What looks something up, or is a name in an object.
    fn key(&mut self, first: usize, key: &Expr<'a>, function: &str) -> Read {
        self.expression(key)?;
        let written_out = matches!(key, Expr::Const(_))
            && !matches!(self.tokens.0[first].0, Token::Ident(_) | Token::ParenOpen | Token::Float(_));
        if !written_out {
            self.wrap(first, key, function);
        }
        Ok(())
    }

    /// A list or object that the template may add to.
    fn grows(&mut self, span: Span) {
        if self.growing {
            self.enclose(span, GROWING);
        }
    }

    fn enclose(&mut self, span: Span, function: &str) {
        self.edits.enclose(span.start_offset as usize, span.end_offset as usize, format!("{function}("));
    }
}

/// The precedence of an operator that is calculated from the left, and what calculates it.
fn chained(operator: BinOpKind) -> Option<(u8, &'static str)> {
    match operator {
        BinOpKind::Add | BinOpKind::Sub => Some((1, CALCULATE)),
        BinOpKind::Concat => Some((2, CONCATENATE)),
        BinOpKind::Mul | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem => Some((3, CALCULATE)),
        BinOpKind::Pow => Some((4, CALCULATE)),
        BinOpKind::ScAnd | BinOpKind::ScOr | BinOpKind::In => None,
        BinOpKind::Eq | BinOpKind::Ne | BinOpKind::Lt | BinOpKind::Lte | BinOpKind::Gt | BinOpKind::Gte => {
            None
        }
    }
}

/// Where an expression begins: the span of a lookup or call begins with the last part of it.
fn start(expression: &Expr<'_>) -> usize {
    let inner = match expression {
        Expr::Slice(slice) => &slice.expr,
        Expr::GetAttr(attribute) => &attribute.expr,
        Expr::GetItem(item) => &item.expr,
        Expr::Call(call) => &call.expr,
        _ => return expression.span().start_offset as usize,
    };
    start(inner).min(expression.span().start_offset as usize)
}

fn end(expression: &Expr<'_>) -> usize {
    expression.span().end_offset as usize
}
