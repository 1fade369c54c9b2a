BbiasJ Í‘L>Go­>Q³>AÖÕ¾H
Þ¾ÆÃé¾Ó	È>µm¾