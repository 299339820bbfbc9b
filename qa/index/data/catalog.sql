-- The tables of a catalog, layout 3. Another layout needs another LAYOUT_VERSION in qa/index/catalog.py.
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE articles(
    id INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, path TEXT NOT NULL, format TEXT NOT NULL,
    verbatim INTEGER NOT NULL, sha256 TEXT NOT NULL, title TEXT, published TEXT, outlet TEXT, language TEXT,
    junk TEXT NOT NULL, sections TEXT NOT NULL, left_out TEXT NOT NULL, lines BLOB NOT NULL, characters INTEGER NOT NULL, copy_group INTEGER NOT NULL,
    digest TEXT NOT NULL) STRICT;
CREATE TABLE texts(
    article_id INTEGER NOT NULL, start INTEGER NOT NULL, text TEXT NOT NULL, UNIQUE(article_id, start)) STRICT;
CREATE TABLE passages(
    id INTEGER PRIMARY KEY, article_id INTEGER NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL,
    text TEXT NOT NULL, sentences TEXT NOT NULL, headings TEXT NOT NULL) STRICT;
CREATE INDEX passages_by_article ON passages(article_id, start);
CREATE TABLE vectors(
    passage_id INTEGER PRIMARY KEY, key TEXT NOT NULL, tokens INTEGER NOT NULL,
    passage BLOB NOT NULL, sentences BLOB NOT NULL) STRICT;
CREATE INDEX vectors_by_key ON vectors(key);
CREATE VIRTUAL TABLE passage_terms USING fts5(terms, tokenize = 'ascii');
CREATE TABLE copies(
    first TEXT NOT NULL, second TEXT NOT NULL, relation TEXT NOT NULL, certainty REAL NOT NULL, why TEXT NOT NULL,
    PRIMARY KEY(first, second)) STRICT;
