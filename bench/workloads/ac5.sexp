; The sum of 5 leaves under associativity and commutativity, to saturation with the simple scheduler.
;
; Every subset of the leaves is a class: 2^n-1 = 31 classes and 3^n-2^(n+1)+1+n = 185 e-nodes.

(rule comm-add (+ ?a ?b) (+ ?b ?a))
(rule assoc-add (+ ?a (+ ?b ?c)) (+ (+ ?a ?b) ?c))

(term (+ x1 (+ x2 (+ x3 (+ x4 x5)))))
