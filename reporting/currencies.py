"""How many decimals an amount of a currency has: ISO 4217's “minor unit”.

Only what differs from two is listed. Babel has no such table: CLDR's digits are those in daily use (none for the Serbian dinar
or the Iraqi one), which an invoice does not go by.
"""

USUAL = 2

# ISO 4217, List One, as SIX publishes it for ISO (https://www.six-group.com/dam/download/financial-information/data-center/
# iso-currrency/lists/list-one.xml), column “CcyMnrUnts”.
_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
DIGITS = {code: digits for digits, codes in _BY_DIGITS.items() for code in codes.split()}


def digits_of(currency: str) -> int:
    """Two where the currency is none of the list, or is not known."""
    return DIGITS.get(currency, USUAL)
