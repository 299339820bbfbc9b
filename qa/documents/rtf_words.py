"""The control words of RTF that mean characters, code pages, or parts of a file that are no text of it."""

from __future__ import annotations

CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
CHARACTERS = {
    "tab": "\t",
    "line": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "nestcell": "; ",
    "nestrow": " ",
}
SIGNS = {"~": "\xa0", "_": "\u2011", "-": "\xad", "{": "{", "}": "}", "\\": "\\", "\n": "\n", "\r": "\n"}
LEFT_OUT = frozenset(
    {
        *(
            "colortbl",
            "stylesheet",
            "listtable",
            "listoverridetable",
            "revtbl",
            "rsidtbl",
            "filetbl",
            "pict",
            "xe",
            "tc",
        ),
        *("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "ftnsep", "ftnsepc"),
        *("ftncn", "aftnsep", "aftnsepc", "aftncn", "nonshppict", "shprslt", "nonesttables", "author", "operator"),
        *("subject", "keywords", "doccomm", "company", "manager", "category", "creatim", "revtim", "printim", "buptim"),
        *(
            "comment",
            "hlinkbase",
            "bkmkstart",
            "bkmkend",
            "annotation",
            "atnid",
            "atnauthor",
            "private",
            "template",
            "sp",
            "sn",
            "sv",
        ),
    }
)
READ_THOUGH_STARRED = frozenset(["shptxt", "shpinst", "fldinst", "footnote", "shppict", "pict", "ud"])
QUIET_FIELDS = frozenset(["XE", "TC", "PAGE", "NUMPAGES", "TOC", "INDEX", "SEQ", "SET", "NOTEREF", ""])
