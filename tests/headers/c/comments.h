/* A comment before. */
int commented(int a /* inner */, /* another */ int b); // trailing
/** Documentation of `documented`. "Quotes" and \ backslash, and a star: * / */
int documented(void);
/*! Documented
 *  over lines. */
struct /* between */ told { int a; /**< The a. */ int b; //!< The b.
};
