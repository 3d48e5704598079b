"""Pure judgement: facts and rules in, readings and a state out."""
