; All 36 rules of egg's tests/math.rs, with its constant folding, over the terms of mathmicro.sexp.
;
; Sizes with the simple scheduler in egg 0.11 (e-classes after an iteration): 53, 100, 194, 438, 1176, 3939, 20449;
; e-nodes/e-classes 48093/17884 after 6 iterations and the first 25 rules of the 7th (egg's limit of 100000), and
; 632085/255984 after 7 iterations and the first 4 rules of the 8th (of 1000000).
;
; A limit of e-nodes ends here at other sizes: it cuts a rule short where egg finishes it, and counts before the rebuild, which
; merges and prunes (--nodes 730000 ends at 630332 e-nodes, --nodes 760000 at 655607).
;
; Without a limit the 8th iteration ends with 4 e-classes: the rules are not sound together, for a class that has no
; constant yet may turn out to be 0, and then 0 and 1 are found equal.

(analysis constant-folding)

(rule comm-add (+ ?a ?b) (+ ?b ?a))
(rule comm-mul (* ?a ?b) (* ?b ?a))
(rule assoc-add (+ ?a (+ ?b ?c)) (+ (+ ?a ?b) ?c))
(rule assoc-mul (* ?a (* ?b ?c)) (* (* ?a ?b) ?c))
(rule sub-canon (- ?a ?b) (+ ?a (* -1 ?b)))
(rule div-canon (/ ?a ?b) (* ?a (pow ?b -1)) :if (is-not-zero ?b))
(rule zero-add (+ ?a 0) ?a)
(rule zero-mul (* ?a 0) 0)
(rule one-mul (* ?a 1) ?a)
(rule add-zero ?a (+ ?a 0))
(rule mul-one ?a (* ?a 1))
(rule cancel-sub (- ?a ?a) 0)
(rule cancel-div (/ ?a ?a) 1 :if (is-not-zero ?a))
(rule distribute (* ?a (+ ?b ?c)) (+ (* ?a ?b) (* ?a ?c)))
(rule factor (+ (* ?a ?b) (* ?a ?c)) (* ?a (+ ?b ?c)))
(rule pow-mul (* (pow ?a ?b) (pow ?a ?c)) (pow ?a (+ ?b ?c)))
(rule pow0 (pow ?x 0) 1 :if (is-not-zero ?x))
(rule pow1 (pow ?x 1) ?x)
(rule pow2 (pow ?x 2) (* ?x ?x))
(rule pow-recip (pow ?x -1) (/ 1 ?x) :if (is-not-zero ?x))
(rule recip-mul-div (* ?x (/ 1 ?x)) 1 :if (is-not-zero ?x))
(rule d-variable (d ?x ?x) 1 :if (is-sym ?x))
(rule d-constant (d ?x ?c) 0 :if (is-sym ?x) :if (is-const-or-distinct-var ?c ?x))
(rule d-add (d ?x (+ ?a ?b)) (+ (d ?x ?a) (d ?x ?b)))
(rule d-mul (d ?x (* ?a ?b)) (+ (* ?a (d ?x ?b)) (* ?b (d ?x ?a))))
(rule d-sin (d ?x (sin ?x)) (cos ?x))
(rule d-cos (d ?x (cos ?x)) (* -1 (sin ?x)))
(rule d-ln (d ?x (ln ?x)) (/ 1 ?x) :if (is-not-zero ?x))
(rule d-power (d ?x (pow ?f ?g)) (* (pow ?f ?g) (+ (* (d ?x ?f) (/ ?g ?f)) (* (d ?x ?g) (ln ?f))))
    :if (is-not-zero ?f)
    :if (is-not-zero ?g))
(rule i-one (i 1 ?x) ?x)
(rule i-power-const (i (pow ?x ?c) ?x) (/ (pow ?x (+ ?c 1)) (+ ?c 1)) :if (is-const ?c))
(rule i-cos (i (cos ?x) ?x) (sin ?x))
(rule i-sin (i (sin ?x) ?x) (* -1 (cos ?x)))
(rule i-sum (i (+ ?f ?g) ?x) (+ (i ?f ?x) (i ?g ?x)))
(rule i-dif (i (- ?f ?g) ?x) (- (i ?f ?x) (i ?g ?x)))
(rule i-parts (i (* ?a ?b) ?x) (- (* ?a (i ?b ?x)) (i (* (d ?x ?a) (i ?b ?x)) ?x)))

(term (i (ln x) x))
(term (i (+ x (cos x)) x))
(term (i (* (cos x) x) x))
(term (d x (+ 1 (* 2 x))))
(term (d x (- (pow x 3) (* 7 (pow x 2)))))
(term (+ (* y (+ x y)) (- (+ x 2) (+ x x))))
(term (/ 1 (- (/ (+ 1 (sqrt five)) 2) (/ (- 1 (sqrt five)) 2))))
