"""What learners call their arrays, and what they mean: one canonical name for each, or several candidates.

    x y  W1 b1 W2 b2 ...   z1 a1 z2 a2 ... probs loss   dz2 dW2 db2 da1 dz1 dW1 db1   W1_new b1_new ...

A name that means one thing here and another there (``a2``, ``h``, ``dW``) has several candidates: the arrays'
values decide, and the report says which was assumed.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

# candidates, the most usual first; and the spellings that mean them, squeezed; L is the last layer
ALIASES = {
    "probs": ("probs prob p yhat ypred al probabilities softmax ypredicted predictions"),
    "loss": "loss cost j error",
    "zL": "scores logits zout zo",
    "probs zL": "output outputs out o aout ao",
    "dzL": ("dscores dlogits deltaout deltaoutput dzout dout gradypred gradout gradlogits"),
    "z1": "zh zhidden hpreact hpre hin",
    "a1": "ah hidden hrelu hiddenlayer hact hout hiddenoutput",
    "a1 z1": "h",
    "a1 z1 probs": "a",
    "z1 a1 zL": "z",
    "W1": "wh weighth w",
    "WL": "wout wo weightout",
    "b1": "bh biash b",
    "bL": "bout bo biasout",
    "dW1": "dw dwh gradwh",
    "db1": "db dbh gradbh",
    "da1": "gradhrelu dahidden dah",
    "dz1 da1": "gradh dhidden dh dhiddenlayer",
    "dz1": "deltahidden deltah dzhidden dzh",
    "dzL dz1": "delta dz",
    "dWL": "dwout dwo gradwout",
    "dbL": "dbout dbo gradbout",
}
PLAIN = {alias: meanings.split() for meanings, aliases in ALIASES.items() for alias in aliases.split()}
NUMBERED = [  # a pattern of the squeezed name, and candidates, with {n} for its number
    (r"(?:w|weights?|theta|wt)(\d+)", ["W{n}"]),
    (r"(?:b|bias|biases)(\d+)", ["b{n}"]),
    (r"(?:z|zs|preact|pre|hpreact|s|net|in)(\d+)", ["z{n}", "a{n}"]),
    (r"(?:a|as|act|activations?|hidden|h|layer|l|x|relu|out)(\d+)", ["a{n}", "z{n}", "a{n-1}"]),
    (r"(?:dz|dscores|gradz|dlds?z|dpre)(\d+)", ["dz{n}"]),
    (r"(?:delta|d|dhidden|dh|gradh)(\d+)", ["dz{n}", "da{n}", "dz{n-1}"]),
    (r"(?:da|grada|dact|dx)(\d+)", ["da{n}", "dz{n}"]),
    (r"(?:d|grad|nabla|g|delta)(?:w|weights?|theta)(\d+)", ["dW{n}"]),
    (r"(?:w|weights?)(\d+)(?:grad|gradient|d)", ["dW{n}"]),
    (r"(?:d|grad|nabla|g|delta)(?:b|bias|biases)(\d+)", ["db{n}"]),
    (r"(?:b|bias)(\d+)(?:grad|gradient|d)", ["db{n}"]),
    (r"(?:w|weights?|theta)(\d+)(?:new|after|next|updated|afterstep1|step1)", ["W{n}_new"]),
    (r"(?:new|updated|next)(?:w|weights?|theta)(\d+)", ["W{n}_new"]),
    (r"(?:b|bias|biases)(\d+)(?:new|after|next|updated|afterstep1|step1)", ["b{n}_new"]),
    (r"(?:new|updated|next)(?:b|bias|biases)(\d+)", ["b{n}_new"]),
]  # fmt: skip
TRACE = re.compile(r"(dL/d)?(fc|relu)(\d*)(?:\.(weight|bias))?( after step 1)?")


def squeezed(name: str) -> str:
    """Return a name in lower case, without underscores, dots, brackets, quotes and spaces."""
    return re.sub(r"[\s_.\[\]'\"()]+", "", name).lower()


def of_trace(name: str) -> list[str]:
    """Return the canonical name of a trace's name."""
    match = TRACE.fullmatch(name)
    if not match:
        return []
    gradient, kind, number, parameter, after = match.groups()
    n = number or "1"
    if parameter:
        letter = parameter[0].replace("w", "W")
        return [f"{'d' if gradient else ''}{letter}{n}{'_new' if after else ''}"]
    return [f"{'d' if gradient else ''}{'z' if kind == 'fc' else 'a'}{n}"]


@dataclass(frozen=True)
class Counting:
    """How layers are counted, which one name alone does not show.

    Attributes:
        from_zero: The first weights are W0.
        from_input: The input is a1, the first hidden layer a2.
        deltas_from_input: So counted are the gradients, delta3 and delta2.
    """

    from_zero: bool = False
    from_input: bool = False
    deltas_from_input: bool = False

    @classmethod
    def of(cls, names: Sequence[str], layers: int) -> "Counting":
        """Return how these names count."""
        plain = [squeezed(name) for name in names]
        zero = r"(d|grad|nabla)?(w|b|weights?|biases|theta)0(new)?"

        def beyond(kinds: str) -> bool:
            return any(re.fullmatch(rf"({kinds}){layers + 1}", name) for name in plain)

        return cls(any(re.fullmatch(zero, name) for name in plain), beyond("z|a"), beyond("dz|da|delta"))


def candidates(name: str, layers: int, counting: Counting | None = None) -> list[str]:
    """Return what a name may mean in a network of so many layers, the most usual first; none if unknown."""
    counting = counting or Counting()
    if name in (
        "y",
        "Y",
        "t",
        "labels",
        "targets",
        "target",
        "onehot",
        "y_onehot",
        "Y_onehot",
        "one_hot",
        "y_true",
    ):
        return ["y"]
    if name in ("x", "X", "inputs", "input"):
        return ["x"]
    if found := of_trace(name):
        return [n.replace(f"a{layers}", "probs") for n in found]
    plain = squeezed(name)
    for pattern, meanings in NUMBERED:
        if match := re.fullmatch(pattern, plain):
            n = int(match[1])
            parameter = meanings[0].strip("d")[0] in "Wb"
            if counting.from_zero and (parameter or re.search(r"\[\d+\]$", name)):
                n += 1
            elif not parameter and (
                counting.deltas_from_input if meanings[0].startswith("d") else counting.from_input
            ):
                n -= 1
            places = [(m.replace("n-1", "n"), n - ("n-1" in m)) for m in meanings]
            found = [known for meaning, i in places for known in layered(meaning, i, layers)]
            return list(dict.fromkeys(found))
    found = [meaning.replace("L", str(layers)) for meaning in PLAIN.get(plain, [])]
    if plain in ("h", "a", "hidden", "z", "dhidden", "dh", "delta", "dz", "gradh") and layers > 2:
        kinds = {m[:-1] for m in found if m[-1].isdigit()}
        found += [f"{kind}{i}" for kind in sorted(kinds) for i in range(1, layers)]
    return list(dict.fromkeys(n for n in found if not (n.startswith(("a", "da")) and layers == 1)))


def layered(meaning: str, n: int, layers: int) -> list[str]:
    """Return a numbered meaning, if there is such a layer; the last activation is the probabilities."""
    if n == 0:
        return ["x"] if meaning == "a{n}" else []
    if meaning == "a{n}" and n == layers:
        return ["probs", f"z{layers}"]
    last = layers - 1 if meaning == "da{n}" else layers
    return [meaning.format(n=n)] if 1 <= n <= last else []


def nearest(name: str, known: Sequence[str]) -> str:
    """Return a known name that is spelled like this one, or nothing."""
    by_lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.5)
    return by_lower[found[0]] if found else ""
